import * as tf from '@tensorflow/tfjs';
import type { ImageSums } from '../stats/moments.ts';
import type { RunningStatistics } from './batchContext.ts';
import {
  batchNormForward,
  batchNormGradient,
  type BatchNormAttributes,
  type ForwardInputs,
} from './batchNormKernel.ts';
import { viewOf } from './tensorView.ts';

/** Tensors of the operation; parameters and moments are [rows, channels]. */
export interface NormalizeInputs extends ForwardInputs {
  readonly x: tf.Tensor3D;
  readonly gamma: tf.Tensor2D;
  readonly beta: tf.Tensor2D;
}

/** Hears what the operation computes on its way; called synchronously within it. */
export interface NormalizeHooks {
  /**
   * Receives the moments that x was normalized with, flat [rows, channels], and the sums over its
   * images, if they were wanted: they are valid only until the next tensor is made.
   */
  forward(moments: RunningStatistics, sums: ImageSums | null): void;
  /**
   * Receives the loss's gradient for γ and β through each segment, flat [segments, channels], valid
   * as long as the sums are. Called only if these were wanted.
   */
  gradient(dGamma: Float32Array, dBeta: Float32Array): void;
}

/**
 * Normalizes x, [images, pixels, channels], as one differentiable operation: gradients reach x, γ
 * and β; given moments are constants.
 */
export function batchNormalize(
  inputs: NormalizeInputs,
  attributes: BatchNormAttributes,
  hooks: NormalizeHooks,
): tf.Tensor3D {
  const { x, gamma, beta } = inputs;
  const [images, pixels, channels] = x.shape;
  const operation = tf.customGrad<tf.Tensor3D>((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const output = batchNormForward(inputs, attributes);
    const moments = {
      mean: output.mean.dataSync<'float32'>(),
      variance: output.variance.dataSync<'float32'>(),
    };
    const sums = attributes.wantsSums
      ? { images, pixels, channels, shift: viewOf(output.shift), sums: viewOf(output.sums) }
      : null;
    hooks.forward(moments, sums);
    save([x, gamma, beta, output.mean, output.variance]);
    return { value: output.y, gradFunc };
  });

  const gradFunc = (dy: tf.Tensor3D, saved: tf.Tensor[]): tf.Tensor[] => {
    const [x, gamma, beta, mean, variance] = saved as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const { dx, dGamma, dBeta } = batchNormGradient(
      { dy, x, gamma, beta, mean, variance },
      attributes,
    );
    if (attributes.wantsSums) hooks.gradient(viewOf(dGamma), viewOf(dBeta));
    if (attributes.rows > 1) return [dx, dGamma, dBeta];
    return [dx, tf.sum(dGamma, 0, true), tf.sum(dBeta, 0, true)];
  };
  return operation(x, gamma, beta);
}
