import * as v from 'valibot';
import { completeRate, isLearningRate, type LearningRate } from '../../nn/optimizers/schedules.ts';
import type { BatchNormState } from '../../protocol/run.ts';
import { UserError } from '../../protocol/userError.ts';
import {
  boolean,
  completed,
  fields,
  number,
  oneOf,
  shown,
  wholeFrom,
} from '../../validation/fields.ts';
import { choice, type Choice } from '../choice.ts';
import { TRAINED, type Schedule, type ScheduledTraining } from './schedule.ts';

/**
 * Settings of the second phase of `finetune-frozen` and `finetune-updated`, unless one says
 * otherwise. The four of {@link BatchNormState} are what the two differ in.
 */
export interface FinetuneSettings extends Partial<BatchNormState> {
  /** Passes over the largest synthetic domain in the first phase; `train.epochs`. */
  readonly pretrainEpochs?: number;
  /** Passes over the largest real domain; `train.epochs`. */
  readonly epochs?: number;
  /** What the optimizer's own learning rate is multiplied by: 0.1. */
  readonly learningRateFactor?: number;
  /** A rate of its own, a number or a schedule, in place of the factor. */
  readonly learningRate?: LearningRate;
  /** Names of the layers whose weights are trained: all. */
  readonly layers?: readonly string[];
}

const FACTOR = 0.1;

const settings = v.pipe(
  fields({
    pretrainEpochs: v.exactOptional(wholeFrom(1)),
    epochs: v.exactOptional(wholeFrom(1)),
    learningRateFactor: v.exactOptional(number('a number above 0', (value) => value > 0)),
    learningRate: v.exactOptional(
      v.pipe(
        v.custom<LearningRate>(
          (value) => isLearningRate(value as LearningRate),
          (issue) => `must be a number above 0 or a schedule, got ${shown(issue)}`,
        ),
        completed(completeRate),
      ),
    ),
    layers: v.exactOptional(
      v.array(v.string(), (issue) => `must be a list of names of layers, got ${shown(issue)}`),
    ),
    parametersTrained: v.exactOptional(boolean),
    parametersDecayed: v.exactOptional(boolean),
    statisticsUsed: v.exactOptional(oneOf(['batch', 'moving'])),
    statisticsUpdated: v.exactOptional(boolean),
  }),
  v.check(
    ({ learningRate, learningRateFactor }) =>
      learningRate === undefined || learningRateFactor === undefined,
    'has both learningRate and learningRateFactor; use one of them',
  ),
);

/**
 * Makes a choice that pre-trains on the synthetic domains and then fine-tunes on the real ones, in
 * which BatchNorm is treated as `batchNorm` says. It needs labels of both kinds. Where domains have
 * γ, β or statistics of their own, the real ones begin with those of the first synthetic one.
 */
export function finetuning(name: string, batchNorm: BatchNormState): Choice<Schedule> {
  return choice(name, settings, (declared): Schedule => {
    const { pretrainEpochs, epochs, layers = null, ...rest } = declared;
    const { learningRate, learningRateFactor = FACTOR, ...overridden } = rest;
    return {
      phases: (training) => [
        {
          name: 'pretrain',
          domains: domainsOf('synthetic', 'pre-train', name, training),
          epochs: pretrainEpochs ?? training.epochs,
          learningRate: training.learningRate,
          rateFactor: 1,
          layers: null,
          batchNorm: TRAINED,
        },
        {
          name: 'finetune',
          domains: domainsOf('real', 'fine-tune', name, training),
          epochs: epochs ?? training.epochs,
          learningRate: learningRate ?? training.learningRate,
          rateFactor: learningRate === undefined ? learningRateFactor : 1,
          layers,
          batchNorm: { ...batchNorm, ...overridden },
        },
      ],
    };
  });
}

function domainsOf(
  kind: 'synthetic' | 'real',
  deed: string,
  strategy: string,
  { domains }: ScheduledTraining,
): number[] {
  const ofKind = [...domains.keys()].filter((domain) => domains[domain]?.kind === kind);
  if (!ofKind.some((domain) => domains[domain]?.labelled)) {
    throw new UserError(`strategy "${strategy}" has no ${kind} domain with labels to ${deed} on`, {
      hint: `Declare a ${kind} domain whose labels may be trained on, or train jointly.`,
    });
  }
  return ofKind;
}
