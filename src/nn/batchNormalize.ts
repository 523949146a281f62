import * as tf from '@tensorflow/tfjs';
import type { ImageSums } from '../stats/moments.ts';
import type { RunningStatistics } from './domainSegment.ts';
import { correctedGradients, correctedParameters, type Correction } from './affineCorrection.ts';
import {
  batchNormForward,
  batchNormGradient,
  batchNormMoments,
  type BatchNormAttributes,
} from './batchNormKernel.ts';
import { viewOf } from './tensorView.ts';

/** Tensors of the operation. */
export interface NormalizeInputs {
  /** [images, pixels, channels]. */
  readonly x: tf.Tensor3D;
  /** One row for all segments, or one each, [1 or segments, channels]. */
  readonly gamma: tf.Tensor2D;
  readonly beta: tf.Tensor2D;
  /** Moments to normalize x with, [rows, channels], as constants; null for its own. */
  readonly given: { readonly mean: tf.Tensor2D; readonly variance: tf.Tensor2D } | null;
}

/** How the operation normalizes. */
export interface NormalizeSettings extends Omit<BatchNormAttributes, 'ownMoments'> {
  /** Whether x's own moments are wanted even if it is normalized with given ones. */
  readonly wantsMoments: boolean;
  /**
   * Says how what γ and β do is changed, knowing γ, flat [1 or segments, channels], and the moments
   * that normalize x, flat [rows, channels]; it comes before the hooks.
   */
  readonly correct: ((gamma: Float32Array, used: RunningStatistics) => Correction | null) | null;
}

/** Hears what the operation computes on its way; called synchronously within it. */
export interface NormalizeHooks {
  /**
   * Receives x's own moments, flat [rows, channels], and the sums over its images, which are valid
   * only until the next tensor is made. Called only if x was normalized with them or they were
   * wanted.
   */
  moments(batch: RunningStatistics, sums: ImageSums): void;
  /**
   * Receives the loss's gradient for γ and β through each segment, flat [segments, channels], valid
   * as long as the sums are.
   */
  gradient(dGamma: Float32Array, dBeta: Float32Array): void;
}

/**
 * Normalizes x as one differentiable operation: gradients reach x, γ and β. Returns [images, pixels,
 * channels], a quarter of the pixels if they are pooled.
 */
export function batchNormalize(
  inputs: NormalizeInputs,
  { wantsMoments, correct, ...settings }: NormalizeSettings,
  hooks: NormalizeHooks,
): tf.Tensor3D {
  const { x, given } = inputs;
  const attributes: BatchNormAttributes = { ...settings, ownMoments: given === null };
  const segments = attributes.segments.length;
  const [images, pixels, channels] = x.shape;
  const isSpread = inputs.gamma.shape[0] < segments;
  let correction: Correction | null = null;

  /** γ and β of each segment as they count. */
  const effective = (): { readonly gamma: tf.Tensor2D; readonly beta: tf.Tensor2D } => {
    if (correction === null && !isSpread) return inputs;
    const parameters = {
      gamma: repeated(inputs.gamma.dataSync<'float32'>(), segments * channels),
      beta: repeated(inputs.beta.dataSync<'float32'>(), segments * channels),
    };
    const { gamma, beta } =
      correction === null ? parameters : correctedParameters(parameters, correction);
    const shape: [number, number] = [segments, channels];
    return { gamma: tf.tensor2d(gamma, shape), beta: tf.tensor2d(beta, shape) };
  };

  const operation = tf.customGrad<tf.Tensor3D>((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const batch = given === null || wantsMoments ? batchNormMoments(x, attributes) : null;
    const used = given ?? batch;
    if (used === null) throw new Error('there are no moments to normalize with');
    correction = correct?.(inputs.gamma.dataSync<'float32'>(), valuesOf(used)) ?? null;
    if (batch !== null) {
      const { shift, sums } = batch;
      hooks.moments(valuesOf(batch), {
        images,
        pixels,
        channels,
        shift: viewOf(shift),
        sums: viewOf(sums),
      });
    }
    const { gamma, beta } = effective();
    const { mean, variance } = used;
    const { y, peaks } = batchNormForward({ x, gamma, beta, mean, variance }, attributes);
    save([x, gamma, beta, mean, variance, ...(peaks === null ? [] : [peaks])]);
    return { value: y, gradFunc };
  });

  const gradFunc = (dy: tf.Tensor3D, saved: tf.Tensor[]): tf.Tensor[] => {
    const [x, gamma, beta, mean, variance, peaks = null] = saved as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor?,
    ];
    const inputs = { dy, peaks, x, gamma, beta, mean, variance };
    const { dx, ...own } = batchNormGradient(inputs, attributes);
    const { dGamma, dBeta } = correction === null ? own : uncorrected(own, correction);
    hooks.gradient(viewOf(dGamma), viewOf(dBeta));
    return isSpread ? [dx, tf.sum(dGamma, 0, true), tf.sum(dBeta, 0, true)] : [dx, dGamma, dBeta];
  };
  return operation(x, inputs.gamma, inputs.beta);
}

function valuesOf({ mean, variance }: { mean: tf.Tensor; variance: tf.Tensor }): RunningStatistics {
  return { mean: mean.dataSync<'float32'>(), variance: variance.dataSync<'float32'>() };
}

/** Repeats a row of values until there are `size`. */
function repeated(values: Float32Array, size: number): Float32Array {
  if (values.length === size) return values;
  return Float32Array.from({ length: size }, (_, k) => values[k % values.length]!);
}

function uncorrected(
  { dGamma, dBeta }: { readonly dGamma: tf.Tensor2D; readonly dBeta: tf.Tensor2D },
  correction: Correction,
): { readonly dGamma: tf.Tensor2D; readonly dBeta: tf.Tensor2D } {
  const gradients = { gamma: dGamma.dataSync<'float32'>(), beta: dBeta.dataSync<'float32'>() };
  const { gamma, beta } = correctedGradients(gradients, correction);
  return { dGamma: tf.tensor2d(gamma, dGamma.shape), dBeta: tf.tensor2d(beta, dBeta.shape) };
}
