import * as tf from '@tensorflow/tfjs';

/** Kernel that computes moments; see {@link batchNormMoments}. */
export const MOMENTS_KERNEL = 'DomainBatchNormMoments';

/** Kernel that normalizes x; see {@link batchNormForward}. */
export const FORWARD_KERNEL = 'DomainBatchNormForward';

/** Kernel that is its gradient; see {@link batchNormGradient}. */
export const GRADIENT_KERNEL = 'DomainBatchNormGrad';

/** How the segments of a batch share moments; γ and β are given for each segment. */
export interface MomentsAttributes {
  /** Images of each segment, in the order of the batch. */
  readonly segments: readonly number[];
  /** A row of moments serves all segments (1 row), or one each (as many rows). */
  readonly rows: number;
  /** So many neighbouring channels share their moments; 1, but for group normalization. */
  readonly groupSize: number;
}

/** Attributes of the kernels that normalize. */
export interface BatchNormAttributes extends MomentsAttributes {
  readonly epsilon: number;
  /** Whether x is normalized with its own moments; otherwise with given ones, taken as constants. */
  readonly ownMoments: boolean;
  /** Whether negative results are 0, as ReLU after the layer would make them. */
  readonly isRectified: boolean;
  /**
   * Columns of the result, if of every square of 2 × 2 pixels only the largest is kept, as max pooling
   * after the layer would; null to keep all pixels.
   */
  readonly pooledColumns: number | null;
}

/** Inputs of the forward kernel. */
export interface ForwardInputs {
  /** [N images, S pixels, C channels]. */
  readonly x: tf.TensorInfo;
  /** [K segments, C]. */
  readonly gamma: tf.TensorInfo;
  readonly beta: tf.TensorInfo;
  /** The moments that normalize x, [rows, C]; the variance is biased. */
  readonly mean: tf.TensorInfo;
  readonly variance: tf.TensorInfo;
}

/** Inputs of the gradient kernel. */
export interface GradientInputs extends ForwardInputs {
  /** The loss's gradient for y, of y's shape. */
  readonly dy: tf.TensorInfo;
  /** From the forward kernel; null if all pixels are kept. */
  readonly peaks: tf.TensorInfo | null;
}

/** Outputs of the moments kernel. */
export interface MomentsOutputs {
  /** [rows, C]. */
  readonly mean: tf.Tensor2D;
  /** [rows, C]; biased. */
  readonly variance: tf.Tensor2D;
  /** First pixel of the batch, [C]. */
  readonly shift: tf.Tensor1D;
  /** Σ(x − shift) and Σ(x − shift)² over each image's pixels, [N, C, 2]. */
  readonly sums: tf.Tensor3D;
}

/** Outputs of the forward kernel. */
export interface ForwardOutputs {
  /** [N, S, C], or [N, S / 4, C] if pixels are pooled. */
  readonly y: tf.Tensor3D;
  /** The x of which each y is made, of y's shape; null if all pixels are kept. */
  readonly peaks: tf.Tensor3D | null;
}

/** Outputs of the gradient kernel. */
export interface GradientOutputs {
  readonly dx: tf.Tensor3D;
  /** [K segments, C]. */
  readonly dGamma: tf.Tensor2D;
  readonly dBeta: tf.Tensor2D;
}

/** Computes the moments of x, [N, S, C], on the current backend; every output is a new tensor. */
export function batchNormMoments(
  x: tf.TensorInfo,
  { segments, rows, groupSize }: MomentsAttributes,
): MomentsOutputs {
  const [mean, variance, shift, sums] = run(
    MOMENTS_KERNEL,
    { x },
    { segments, rows, groupSize },
  ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.Tensor3D];
  return { mean, variance, shift, sums };
}

/** Computes y = γ·(x − μ)/√(σ² + ε) + β, or 0 where that is less and it is rectified. */
export function batchNormForward(
  { x, gamma, beta, mean, variance }: ForwardInputs,
  attributes: BatchNormAttributes,
): ForwardOutputs {
  const [y, peaks = null] = run(FORWARD_KERNEL, { x, gamma, beta, mean, variance }, attributes) as [
    tf.Tensor3D,
    tf.Tensor3D?,
  ];
  return { y, peaks };
}

/** Runs the gradient kernel of the current backend; every output is a new tensor. */
export function batchNormGradient(
  { dy, peaks, x, gamma, beta, mean, variance }: GradientInputs,
  attributes: BatchNormAttributes,
): GradientOutputs {
  const [dx, dGamma, dBeta] = run(
    GRADIENT_KERNEL,
    { dy, ...(peaks && { peaks }), x, gamma, beta, mean, variance },
    attributes,
  ) as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D];
  return { dx, dGamma, dBeta };
}

function run(
  kernel: string,
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  attributes: MomentsAttributes,
): tf.Tensor[] {
  return tf.engine().runKernel<tf.Tensor[]>(kernel, inputs as unknown as tf.NamedTensorMap, {
    ...attributes,
    segments: [...attributes.segments],
  });
}
