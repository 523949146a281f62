import * as tf from '@tensorflow/tfjs';

/** Kernel that normalizes x; see {@link batchNormForward}. */
export const FORWARD_KERNEL = 'DomainBatchNormForward';

/** Kernel that is its gradient; see {@link batchNormGradient}. */
export const GRADIENT_KERNEL = 'DomainBatchNormGrad';

/**
 * Attributes of both kernels. With K segments, a row of statistics or parameters serves either
 * all of them (one row) or one each (K rows); `rows` is that number.
 */
export interface BatchNormAttributes {
  /** Images of each segment, in the order of the batch. */
  readonly segments: readonly number[];
  readonly rows: number;
  readonly epsilon: number;
  /** Whether x is normalized with its own moments; otherwise with given ones, taken as constants. */
  readonly ownMoments: boolean;
  /** Whether `sums` are read even if x is normalized with given moments; they are zero otherwise. */
  readonly wantsSums: boolean;
  /** Whether negative results are 0, as ReLU after the layer would make them. */
  readonly isRectified: boolean;
}

export interface ForwardInputs {
  /** [N images, S pixels, C channels]. */
  readonly x: tf.TensorInfo;
  /** [rows, C]. */
  readonly gamma: tf.TensorInfo;
  readonly beta: tf.TensorInfo;
  /** Given moments, [rows, C]; not read when x is normalized with its own. */
  readonly mean: tf.TensorInfo;
  readonly variance: tf.TensorInfo;
}

export interface GradientInputs {
  /** The loss's gradient for y, [N, S, C]. */
  readonly dy: tf.TensorInfo;
  readonly x: tf.TensorInfo;
  readonly gamma: tf.TensorInfo;
  readonly beta: tf.TensorInfo;
  /** The moments that normalized x, [rows, C]. */
  readonly mean: tf.TensorInfo;
  readonly variance: tf.TensorInfo;
}

export interface ForwardOutputs {
  /** γ·(x − μ)/√(σ² + ε) + β, or 0 where that is less and it is rectified, [N, S, C]. */
  readonly y: tf.Tensor3D;
  /** The moments that normalized x, [rows, C]; the variance is biased. */
  readonly mean: tf.Tensor2D;
  readonly variance: tf.Tensor2D;
  /** First pixel of the batch, [C]. */
  readonly shift: tf.Tensor1D;
  /** Σ(x − shift) and Σ(x − shift)² over each image's pixels, [N, C, 2]. */
  readonly sums: tf.Tensor3D;
}

export interface GradientOutputs {
  readonly dx: tf.Tensor3D;
  /** [K segments, C]. */
  readonly dGamma: tf.Tensor2D;
  readonly dBeta: tf.Tensor2D;
}

/** Runs the forward kernel of the current backend; every output is a new tensor. */
export function batchNormForward(
  inputs: ForwardInputs,
  attributes: BatchNormAttributes,
): ForwardOutputs {
  const [y, mean, variance, shift, sums] = run(FORWARD_KERNEL, inputs, attributes) as [
    tf.Tensor3D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor1D,
    tf.Tensor3D,
  ];
  return { y, mean, variance, shift, sums };
}

/** Runs the gradient kernel of the current backend; every output is a new tensor. */
export function batchNormGradient(
  inputs: GradientInputs,
  attributes: BatchNormAttributes,
): GradientOutputs {
  const [dx, dGamma, dBeta] = run(GRADIENT_KERNEL, inputs, attributes) as [
    tf.Tensor3D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  return { dx, dGamma, dBeta };
}

function run(
  kernel: string,
  inputs: ForwardInputs | GradientInputs,
  attributes: BatchNormAttributes,
): tf.Tensor[] {
  return tf.engine().runKernel<tf.Tensor[]>(kernel, { ...inputs } as unknown as tf.NamedTensorMap, {
    ...attributes,
    segments: [...attributes.segments],
  });
}
