import { completeRate, isLearningRate, type LearningRate } from './schedules.ts';
import { checkSettings, isNotNegative, isPositive, type Check } from './settings.ts';

/** Which weights weight decay shrinks. */
interface DecaySpec {
  readonly weightDecay: number;
  /** `kernels` spares biases, γ, β and the slopes of PReLU. */
  readonly decay: 'kernels' | 'all';
}

/** Stochastic gradient descent; see {@link sgd}. */
export interface SgdSpec extends DecaySpec {
  readonly type: 'sgd';
  readonly learningRate: LearningRate;
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** Adam; see {@link adam}. */
export interface AdamSpec {
  readonly type: 'adam';
  readonly learningRate: LearningRate;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Adam with decoupled weight decay; see {@link adamW}. */
export interface AdamWSpec extends Omit<AdamSpec, 'type'>, DecaySpec {
  readonly type: 'adamW';
}

/** An optimizer as an experiment declares it: plain data. */
export type OptimizerSpec = SgdSpec | AdamSpec | AdamWSpec;

/** All fields optional except those named. */
type Settings<Spec, Required extends keyof Spec = never> = Pick<Spec, Required> &
  Partial<Omit<Spec, Required | 'type'>>;

const FIELD = ['train', 'optimizer'];

/**
 * Declares stochastic gradient descent as in torch.optim.SGD: g ← g + weightDecay·w,
 * b ← momentum·b + g, w ← w − η·b, or w ← w − η·(g + momentum·b) with `nesterov`. `momentum` and
 * `weightDecay` are 0 by default; `decay` as for {@link adamW}.
 * @throws UserError for values out of range.
 */
export function sgd({
  learningRate,
  momentum = 0,
  nesterov = false,
  weightDecay = 0,
  decay = 'kernels',
  ...unknown
}: Settings<SgdSpec, 'learningRate'>): SgdSpec {
  const check = checkSettings('sgd', FIELD, unknown);
  const rate = checkedRate(check, learningRate);
  check('momentum', momentum, isShare(momentum), 'a number of at least 0 and below 1');
  check('nesterov', nesterov, typeof nesterov === 'boolean', 'true or false');
  check('momentum', momentum, !nesterov || momentum > 0, 'above 0 when nesterov is true');
  checkDecay(check, { weightDecay, decay });
  return { type: 'sgd', learningRate: rate, momentum, nesterov, weightDecay, decay };
}

/**
 * Declares Adam (Kingma & Ba 2015) as in torch.optim.Adam, ε added after the bias correction.
 * Defaults: learningRate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8.
 * @throws UserError for values out of range.
 */
export function adam(settings: Settings<AdamSpec> = {}): AdamSpec {
  const { unknown, ...own } = adamSettings(settings);
  const learningRate = checkAdam(checkSettings('adam', FIELD, unknown), own);
  return { type: 'adam', ...own, learningRate };
}

/**
 * Declares Adam with decoupled weight decay (Loshchilov & Hutter 2019) as in torch.optim.AdamW:
 * w ← (1 − η·weightDecay)·w before each Adam step. `decay: 'kernels'`, the default, spares biases,
 * γ, β, the slopes of PReLU and every other weight of rank 0 or 1; `'all'` spares none, as torch.
 * Defaults as {@link adam}, weightDecay 1e-2.
 * @throws UserError for values out of range.
 */
export function adamW({
  weightDecay = 1e-2,
  decay = 'kernels',
  ...settings
}: Settings<AdamWSpec> = {}): AdamWSpec {
  const { unknown, ...own } = adamSettings(settings);
  const check = checkSettings('adamW', FIELD, unknown);
  const learningRate = checkAdam(check, own);
  checkDecay(check, { weightDecay, decay });
  return { type: 'adamW', ...own, learningRate, weightDecay, decay };
}

function adamSettings({
  learningRate = 1e-3,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  ...unknown
}: Settings<AdamSpec>) {
  return { learningRate, beta1, beta2, epsilon, unknown };
}

/** Checks the settings of Adam and returns its rate, complete. */
function checkAdam(
  check: Check,
  { learningRate, beta1, beta2, epsilon }: Omit<AdamSpec, 'type'>,
): LearningRate {
  const rate = checkedRate(check, learningRate);
  check('beta1', beta1, isShare(beta1), 'a number of at least 0 and below 1');
  check('beta2', beta2, isShare(beta2), 'a number of at least 0 and below 1');
  // Tensors have it in single precision, and 0 / 0 is no step.
  const isKept = isPositive(epsilon) && Math.fround(epsilon) > 0;
  check('epsilon', epsilon, isKept, 'a number above 0 in single precision');
  return rate;
}

function checkedRate(check: Check, rate: LearningRate): LearningRate {
  check('learningRate', rate, isLearningRate(rate), 'a number above 0 or a schedule');
  return completeRate(rate);
}

const MAKERS = { sgd, adam, adamW };

/**
 * Returns an optimizer with the defaults of one that was written without its declaring function.
 * @throws UserError for values out of range.
 */
export function completeOptimizer({ type, ...settings }: OptimizerSpec): OptimizerSpec {
  return MAKERS[type](settings);
}

function checkDecay(check: Check, { weightDecay, decay }: DecaySpec): void {
  check('weightDecay', weightDecay, isNotNegative(weightDecay), 'a number of at least 0');
  check('decay', decay, ['kernels', 'all'].includes(decay), "'kernels' or 'all'");
}

function isShare(value: number): boolean {
  return isNotNegative(value) && value < 1;
}
