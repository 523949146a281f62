import * as tf from '@tensorflow/tfjs';
import type { RunningStatistics } from './domainSegment.ts';

/** The moving mean and (biased) variance of one domain, or of all together; [channels] each. */
export class MovingStatistics {
  constructor(
    private readonly mean: tf.LayerVariable,
    private readonly variance: tf.LayerVariable,
  ) {}

  /** The present values. */
  read(): RunningStatistics {
    return {
      mean: this.mean.read().dataSync<'float32'>(),
      variance: this.variance.read().dataSync<'float32'>(),
    };
  }

  /** Overwrites them. */
  write({ mean, variance }: RunningStatistics): void {
    tf.tidy(() => {
      this.mean.write(tf.tensor1d(mean));
      this.variance.write(tf.tensor1d(variance));
    });
  }

  /** Moves them towards a batch's: moving ← momentum·moving + (1 − momentum)·batch. */
  move(batch: RunningStatistics, momentum: number): void {
    const before = this.read();
    const mix = (old: Float32Array, latest: Float32Array): Float32Array =>
      old.map((value, c) => momentum * value + (1 - momentum) * latest[c]!);
    this.write({
      mean: mix(before.mean, batch.mean),
      variance: mix(before.variance, batch.variance),
    });
  }

  /** Stacks several, [statistics, channels]. */
  static stack(statistics: readonly MovingStatistics[]): {
    readonly mean: tf.Tensor2D;
    readonly variance: tf.Tensor2D;
  } {
    return {
      mean: tf.stack(statistics.map(({ mean }) => mean.read())) as tf.Tensor2D,
      variance: tf.stack(statistics.map(({ variance }) => variance.read())) as tf.Tensor2D,
    };
  }
}
