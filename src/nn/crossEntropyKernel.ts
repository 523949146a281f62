import * as tf from '@tensorflow/tfjs';

/** Kernel of the softmax cross-entropy and its gradient; see {@link segmentCrossEntropy}. */
export const CROSS_ENTROPY_KERNEL = 'SegmentCrossEntropy';

/** A run of consecutive rows of a batch. */
export interface LabelledSegment {
  readonly images: number;
  /** [images], each in 0 … classes − 1, or negative without a label; null if none has one. */
  readonly labels: Int32Array | null;
  /** What the mean over the segment's labelled images is multiplied by in the loss. */
  readonly weight: number;
}

export interface CrossEntropyAttributes {
  readonly segments: readonly LabelledSegment[];
  /** Share of the target that is spread over all classes, 0 … 1. */
  readonly smoothing: number;
}

export interface CrossEntropyOutputs {
  /** Σ over labelled segments of weight · mean cross-entropy, []. */
  readonly loss: tf.Scalar;
  /** Its gradient for the scores, [n, classes]; zero in rows without labels. */
  readonly gradient: tf.Tensor2D;
  /**
   * Of each segment's labelled rows the mean cross-entropy and the number of those whose largest
   * score, the first of equal ones, is at their label and whose cross-entropy is finite,
   * [segments, 2]; NaN without labels.
   */
  readonly results: tf.Tensor2D;
}

/**
 * Runs the kernel of the current backend on class scores before the softmax, [n, classes]; every
 * output is a new tensor. A row's cross-entropy is −Σ q·ln softmax, in nats, its target q being
 * (1 − smoothing)·one-hot + smoothing / classes, as torch's CrossEntropyLoss.
 */
export function segmentCrossEntropy(
  scores: tf.TensorInfo,
  { segments, smoothing }: CrossEntropyAttributes,
): CrossEntropyOutputs {
  const [loss, gradient, results] = tf
    .engine()
    .runKernel<tf.Tensor[]>(CROSS_ENTROPY_KERNEL, { scores } as unknown as tf.NamedTensorMap, {
      segments: [...segments] as unknown as tf.NamedAttrMap[string],
      smoothing,
    }) as [tf.Scalar, tf.Tensor2D, tf.Tensor2D];
  return { loss, gradient, results };
}
