import * as tf from '@tensorflow/tfjs';
import { inputShapeOf } from '../../nn/inputShape.ts';
import type { TrainingOptimizer } from '../../nn/optimizers/optimizer.ts';
import { variablesOf } from '../../nn/variables.ts';
import type { TrainedNetwork } from './layerMoments.ts';

/** A batch of one domain's images. */
export interface TargetBatch {
  readonly domain: number;
  readonly images: number;
  /** `[images, ...inputShape]`. */
  readonly pixels: Float32Array;
}

/**
 * Takes one optimizer step that lowers the mean entropy of the predictions, −Σ p·ln p, by the
 * optimizer's weights, normalizing with the batch's own statistics, which leave no trace; dropout
 * does nothing. Returns the entropy before the step, nats.
 */
export function entropyStep(
  { model, context }: TrainedNetwork,
  { domain, images, pixels }: TargetBatch,
  optimizer: TrainingOptimizer,
  learningRate: number,
): number {
  context.begin({ segments: [{ domain, images }], training: true });
  const entropy = tf.tidy(() => {
    const inputs = tf.tensor(pixels, [images, ...inputShapeOf(model)]);
    const { value, grads } = tf.variableGrads(() => {
      const scores = model.apply(inputs, { training: false }) as tf.Tensor2D;
      const logarithms = tf.logSoftmax(scores);
      return tf.neg(tf.mean(tf.sum(tf.mul(tf.exp(logarithms), logarithms), -1))) as tf.Scalar;
    }, variablesOf(optimizer.weights));
    optimizer.apply(grads, learningRate);
    return value.dataSync<'float32'>()[0]!;
  });
  context.end();
  return entropy;
}
