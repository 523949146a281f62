import * as tf from '@tensorflow/tfjs';
import type { RunningStatistics } from './batchContext.ts';

/** The weights that one domain, or all of them together, is normalized with; [channels] each. */
export interface NormalizationBranch {
  /** Undefined in a layer without scale. */
  readonly gamma: tf.LayerVariable | undefined;
  /** Undefined in a layer without center. */
  readonly beta: tf.LayerVariable | undefined;
  readonly movingMean: tf.LayerVariable;
  /** Biased. */
  readonly movingVariance: tf.LayerVariable;
}

/** Returns γ and β as far as there are these. */
export function parametersOf({ gamma, beta }: NormalizationBranch): tf.LayerVariable[] {
  return [gamma, beta].filter((weight) => weight !== undefined);
}

/** Returns the moving statistics' present values. */
export function runningOf({ movingMean, movingVariance }: NormalizationBranch): RunningStatistics {
  return {
    mean: movingMean.read().dataSync<'float32'>(),
    variance: movingVariance.read().dataSync<'float32'>(),
  };
}

/** Moves the statistics towards a batch's: moving ← momentum·moving + (1 − momentum)·batch. */
export function moveStatistics(
  { movingMean, movingVariance }: NormalizationBranch,
  before: RunningStatistics,
  batch: RunningStatistics,
  momentum: number,
): void {
  mix(movingMean, before.mean, batch.mean, momentum);
  mix(movingVariance, before.variance, batch.variance, momentum);
}

function mix(
  weight: tf.LayerVariable,
  before: Float32Array,
  batch: Float32Array,
  momentum: number,
): void {
  const mixed = before.map((value, c) => momentum * value + (1 - momentum) * batch[c]!);
  tf.tidy(() => {
    weight.write(tf.tensor1d(mixed));
  });
}

/** Stacks one weight of each branch, [branches, channels]; it is `absent` where they lack it. */
export function stackRows(
  branches: readonly NormalizationBranch[],
  weight: keyof NormalizationBranch,
  channels: number,
  absent: number,
): tf.Tensor2D {
  const present = branches.flatMap((branch) => branch[weight]?.read() ?? []);
  if (present.length === 0) return tf.fill([branches.length, channels], absent);
  return tf.stack(present) as tf.Tensor2D;
}
