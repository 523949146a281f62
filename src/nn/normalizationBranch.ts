import * as tf from '@tensorflow/tfjs';
import type { RunningStatistics, SiteParameters } from './batchContext.ts';

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

/** Returns the present values of γ and β. */
export function parameterValuesOf({ gamma, beta }: NormalizationBranch): SiteParameters {
  return {
    gamma: gamma?.read().dataSync<'float32'>() ?? null,
    beta: beta?.read().dataSync<'float32'>() ?? null,
  };
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
  branch: NormalizationBranch,
  before: RunningStatistics,
  batch: RunningStatistics,
  momentum: number,
): void {
  const mix = (old: Float32Array, latest: Float32Array): Float32Array =>
    old.map((value, c) => momentum * value + (1 - momentum) * latest[c]!);
  setStatistics(branch, {
    mean: mix(before.mean, batch.mean),
    variance: mix(before.variance, batch.variance),
  });
}

/** Overwrites the moving statistics. */
export function setStatistics(
  { movingMean, movingVariance }: NormalizationBranch,
  { mean, variance }: RunningStatistics,
): void {
  tf.tidy(() => {
    movingMean.write(tf.tensor1d(mean));
    movingVariance.write(tf.tensor1d(variance));
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
