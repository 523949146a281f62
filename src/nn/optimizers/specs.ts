import { UserError } from '../../protocol/userError.ts';

/** Stochastic gradient descent; see {@link sgd}. */
export interface SgdSpec {
  readonly type: 'sgd';
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** Adam; see {@link adam}. */
export interface AdamSpec {
  readonly type: 'adam';
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Adam with decoupled weight decay; see {@link adamW}. */
export interface AdamWSpec extends Omit<AdamSpec, 'type'> {
  readonly type: 'adamW';
  readonly weightDecay: number;
  readonly decay: 'kernels' | 'all';
}

/** An optimizer as an experiment declares it: plain data. */
export type OptimizerSpec = SgdSpec | AdamSpec | AdamWSpec;

/** All fields optional except those named. */
type Settings<Spec, Required extends keyof Spec = never> = Pick<Spec, Required> &
  Partial<Omit<Spec, Required | 'type'>>;

/**
 * Declares stochastic gradient descent as in torch.optim.SGD: b ← momentum·b + g, w ← w − η·b, or
 * w ← w − η·(g + momentum·b) with `nesterov`. `momentum` is 0 by default.
 * @throws UserError for values out of range.
 */
export function sgd({
  learningRate,
  momentum = 0,
  nesterov = false,
}: Settings<SgdSpec, 'learningRate'>): SgdSpec {
  const check = checker('sgd');
  check('learningRate', learningRate, learningRate > 0, 'above 0');
  check('momentum', momentum, momentum >= 0 && momentum < 1, 'at least 0 and below 1');
  check('momentum', momentum, !nesterov || momentum > 0, 'above 0 when nesterov is true');
  return { type: 'sgd', learningRate, momentum, nesterov };
}

/**
 * Declares Adam (Kingma & Ba 2015) as in torch.optim.Adam, ε added after the bias correction.
 * Defaults: learningRate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8.
 * @throws UserError for values out of range.
 */
export function adam(settings: Settings<AdamSpec> = {}): AdamSpec {
  return { type: 'adam', ...adamSettings('adam', settings) };
}

/**
 * Declares Adam with decoupled weight decay (Loshchilov & Hutter 2019) as in torch.optim.AdamW:
 * w ← (1 − η·weightDecay)·w before each Adam step. `decay: 'kernels'`, the default, spares weights
 * of rank 0 and 1 (biases, γ and β). Defaults as {@link adam}, weightDecay 1e-2.
 * @throws UserError for values out of range.
 */
export function adamW({
  weightDecay = 1e-2,
  decay = 'kernels',
  ...settings
}: Settings<AdamWSpec> = {}): AdamWSpec {
  checker('adamW')('weightDecay', weightDecay, weightDecay >= 0, 'at least 0');
  return { type: 'adamW', ...adamSettings('adamW', settings), weightDecay, decay };
}

function adamSettings(
  optimizer: string,
  { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: Settings<AdamSpec>,
): Omit<AdamSpec, 'type'> {
  const check = checker(optimizer);
  check('learningRate', learningRate, learningRate > 0, 'above 0');
  check('beta1', beta1, beta1 >= 0 && beta1 < 1, 'at least 0 and below 1');
  check('beta2', beta2, beta2 >= 0 && beta2 < 1, 'at least 0 and below 1');
  check('epsilon', epsilon, epsilon > 0, 'above 0');
  return { learningRate, beta1, beta2, epsilon };
}

function checker(optimizer: string) {
  return (name: string, value: number, ok: boolean, range: string): void => {
    if (Number.isFinite(value) && ok) return;
    throw new UserError(`${optimizer}: ${name} must be a number ${range}, got ${value}`, {
      field: ['train', 'optimizer', name],
    });
  };
}
