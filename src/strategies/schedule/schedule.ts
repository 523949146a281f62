import type { LearningRate } from '../../nn/optimizers/schedules.ts';
import type { BatchNormState } from '../../protocol/run.ts';
import type { StrategyDomain } from '../normalization/normalization.ts';

/** What an experiment declares of its training, as far as a schedule divides it up. */
export interface ScheduledTraining {
  readonly domains: readonly StrategyDomain[];
  /** Of a phase that says nothing else. */
  readonly epochs: number;
  readonly learningRate: LearningRate;
}

/** A stretch of training on some of the domains; it begins with what the one before came to. */
export interface Phase {
  readonly name: string;
  /** Ids, ascending. */
  readonly domains: readonly number[];
  /** Passes over the largest of them. */
  readonly epochs: number;
  /** Its schedule runs over the phase's own steps. */
  readonly learningRate: LearningRate;
  /** What the rate is multiplied by. */
  readonly rateFactor: number;
  /** Names of the layers whose weights are trained; null trains all. */
  readonly layers: readonly string[] | null;
  readonly batchNorm: BatchNormState;
}

/** A choice on the schedule axis: which domains are trained on when, and how. */
export interface Schedule {
  /**
   * Divides a training into phases.
   * @throws UserError if the domains are not those that it needs.
   */
  phases(training: ScheduledTraining): Phase[];
}

/** How ordinary training treats BatchNorm. */
export const TRAINED: BatchNormState = {
  parametersTrained: true,
  parametersDecayed: true,
  statisticsUsed: 'batch',
  statisticsUpdated: true,
};
