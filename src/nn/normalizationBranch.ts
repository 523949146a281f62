import * as tf from '@tensorflow/tfjs';
import type { RunningStatistics } from './batchContext.ts';

/** The weights that one domain, or all of them together, is normalized with; [channels] each. */
export class NormalizationBranch {
  constructor(
    readonly gamma: tf.LayerVariable | undefined,
    readonly beta: tf.LayerVariable | undefined,
    readonly movingMean: tf.LayerVariable,
    readonly movingVariance: tf.LayerVariable,
  ) {}

  /** γ and β as far as the layer has them. */
  get parameters(): tf.LayerVariable[] {
    return [this.gamma, this.beta].filter((weight) => weight !== undefined);
  }

  /** Returns the moving statistics' present values. */
  running(): RunningStatistics {
    return {
      mean: this.movingMean.read().dataSync<'float32'>(),
      variance: this.movingVariance.read().dataSync<'float32'>(),
    };
  }

  /** Moves the statistics towards a batch's: moving ← momentum·moving + (1 − momentum)·batch. */
  move(before: RunningStatistics, batch: RunningStatistics, momentum: number): void {
    mix(this.movingMean, before.mean, batch.mean, momentum);
    mix(this.movingVariance, before.variance, batch.variance, momentum);
  }

  dispose(): void {
    for (const weight of [...this.parameters, this.movingMean, this.movingVariance]) {
      weight.dispose();
    }
  }
}

function mix(
  weight: tf.LayerVariable,
  before: Float32Array,
  batch: Float32Array,
  momentum: number,
): void {
  tf.tidy(() => {
    const mixed = before.map((value, c) => momentum * value + (1 - momentum) * batch[c]!);
    weight.write(tf.tensor1d(mixed));
  });
}
