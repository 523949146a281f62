import { checkSettings, isNotNegative, isPositive } from './settings.ts';

/** The initial rate, times `factor` after every so many steps; see {@link stepDecay}. */
export interface StepDecay {
  readonly type: 'stepDecay';
  readonly initial: number;
  readonly every: number;
  readonly factor: number;
}

/** Half a cosine from one rate to another; see {@link cosineDecay}. */
export interface CosineDecay {
  readonly type: 'cosineDecay';
  readonly initial: number;
  readonly final: number;
}

/** The rate of domain-adversarial training; see {@link dannDecay}. */
export interface DannDecay {
  readonly type: 'dannDecay';
  readonly initial: number;
  readonly alpha: number;
  readonly beta: number;
}

/** A linear rise before another rate; see {@link warmup}. */
export interface Warmup {
  readonly type: 'warmup';
  readonly over: number;
  readonly next: LearningRate;
}

/** A learning rate that changes from step to step, as an experiment declares it: plain data. */
export type LearningRateSchedule = StepDecay | CosineDecay | DannDecay | Warmup;

/** A constant rate, above 0, or a schedule. */
export type LearningRate = number | LearningRateSchedule;

type Settings<Spec, Optional extends keyof Spec = never> = Omit<Spec, 'type' | Optional> &
  Partial<Pick<Spec, Optional>>;

const MAKERS = { stepDecay, cosineDecay, dannDecay, warmup };

const FIELD = ['train', 'optimizer', 'learningRate'];
const LENGTH = 'a whole number of steps, or below 1 a fraction of the training';

/**
 * Declares η = initial·factor^⌊t / every⌋ for t steps taken, as torch's StepLR. `every` is a number
 * of steps or, below 1, a fraction of the training; `factor` is 0.1 by default.
 * @throws UserError for values out of range.
 */
export function stepDecay({
  initial,
  every,
  factor = 0.1,
  ...unknown
}: Settings<StepDecay, 'factor'>): StepDecay {
  const check = checkSettings('stepDecay', FIELD, unknown);
  check('initial', initial, isPositive(initial), 'a number above 0');
  check('every', every, isLength(every), LENGTH);
  check('factor', factor, isPositive(factor) && factor <= 1, 'a number above 0 and at most 1');
  return { type: 'stepDecay', initial, every, factor };
}

/**
 * Declares η = final + (initial − final)·(1 + cos πp) / 2, p being the progress t / total after t
 * steps, as torch's CosineAnnealingLR over the whole training (Loshchilov & Hutter 2017, without
 * restarts). `final` is 0 by default.
 * @throws UserError for values out of range.
 */
export function cosineDecay({
  initial,
  final = 0,
  ...unknown
}: Settings<CosineDecay, 'final'>): CosineDecay {
  const check = checkSettings('cosineDecay', FIELD, unknown);
  check('initial', initial, isPositive(initial), 'a number above 0');
  check('final', final, isNotNegative(final), 'a number of at least 0');
  return { type: 'cosineDecay', initial, final };
}

/**
 * Declares η = initial / (1 + alpha·p)^beta, p being the progress t / total after t steps, the rate
 * of domain-adversarial training (Ganin & Lempitsky 2015, section 4). `alpha` is 10 and `beta` 0.75
 * by default.
 * @throws UserError for values out of range.
 */
export function dannDecay({
  initial,
  alpha = 10,
  beta = 0.75,
  ...unknown
}: Settings<DannDecay, 'alpha' | 'beta'>): DannDecay {
  const check = checkSettings('dannDecay', FIELD, unknown);
  check('initial', initial, isPositive(initial), 'a number above 0');
  check('alpha', alpha, isNotNegative(alpha), 'a number of at least 0');
  check('beta', beta, isNotNegative(beta), 'a number of at least 0');
  return { type: 'dannDecay', initial, alpha, beta };
}

/**
 * Declares a linear rise over the first W steps, the k-th at k / W of the rate that `next` begins
 * with, and then `next` over the steps that remain: torch's SequentialLR of a LinearLR and another
 * schedule (Goyal et al. 2017, section 2.2). `over` is W or, below 1, a fraction of the training.
 * @throws UserError for values out of range.
 */
export function warmup({ over, next, ...unknown }: Settings<Warmup>): Warmup {
  const check = checkSettings('warmup', FIELD, unknown);
  check('over', over, isLength(over), LENGTH);
  check('next', next, isLearningRate(next), 'a number above 0 or a schedule');
  return { type: 'warmup', over, next: completeRate(next) };
}

/**
 * Tells whether a value, in JavaScript possibly any, is a finite rate above 0 or has the type of a
 * schedule; whether that one's values hold, {@link completeRate} finds out.
 */
export function isLearningRate(value: LearningRate): boolean {
  if (typeof value === 'number') return value > 0 && value < Infinity;
  return Object.hasOwn(MAKERS, (value as LearningRateSchedule | null | undefined)?.type ?? '');
}

/**
 * Returns a rate with the defaults of a schedule that was written without its declaring function.
 * @throws UserError for a schedule's values out of range.
 */
export function completeRate(rate: LearningRate): LearningRate {
  if (typeof rate === 'number') return rate;
  const { type, ...settings } = rate;
  return MAKERS[type](settings as never);
}

/** Returns the rate of a step, counted from 1, of a training of `totalSteps`. */
export function learningRateAt(rate: LearningRate, step: number, totalSteps: number): number {
  if (typeof rate === 'number') return rate;
  const taken = step - 1;
  const progress = taken / totalSteps;
  switch (rate.type) {
    case 'stepDecay':
      return rate.initial * rate.factor ** Math.floor(taken / stepsOf(rate.every, totalSteps));
    case 'cosineDecay':
      return rate.final + ((rate.initial - rate.final) * (1 + Math.cos(Math.PI * progress))) / 2;
    case 'dannDecay':
      return rate.initial / (1 + rate.alpha * progress) ** rate.beta;
    case 'warmup': {
      const rise = stepsOf(rate.over, totalSteps);
      const rest = Math.max(1, totalSteps - rise);
      if (step > rise) return learningRateAt(rate.next, step - rise, rest);
      return (learningRateAt(rate.next, 1, rest) * step) / rise;
    }
  }
}

function isLength(value: number): boolean {
  return isPositive(value) && (value < 1 || Number.isSafeInteger(value));
}

/** Returns a length in whole steps, at least one. */
function stepsOf(length: number, totalSteps: number): number {
  return length < 1 ? Math.max(1, Math.round(length * totalSteps)) : length;
}
