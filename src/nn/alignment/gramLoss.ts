import * as tf from '@tensorflow/tfjs';

/** What a loss makes of the inner products of n rows. */
export interface GramVerdict {
  readonly value: number;
  /** The loss's derivative for each inner product, flat [n, n] and symmetric. */
  readonly gradient: Float64Array;
}

/** Judges the inner products of n rows, flat [n, n]. */
export type GramJudge = (gram: Float32Array) => GramVerdict;

/**
 * Computes a loss that depends on features, [n, d], by their inner products alone: besides two
 * matrix products all its work is on [n, n] numbers, in double precision and the same on every
 * backend. Each run of `blocks` consecutive rows has its mean taken off first, without which the
 * products of features far from 0 would lose their digits; the loss must not change by that. By
 * default the features are taken as they are.
 */
export function gramLoss(
  features: tf.Tensor2D,
  judge: GramJudge,
  blocks: readonly number[] = [],
): tf.Scalar {
  const [n] = features.shape;
  const operation = tf.customGrad<tf.Scalar>((...args) => {
    const [features, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const rows = blocks.length === 0 ? features : withoutMeans(features, blocks);
    const gram = tf.matMul(rows, rows, false, true).dataSync<'float32'>();
    const { value, gradient } = judge(gram);
    save([rows, tf.tensor2d(new Float32Array(gradient), [n, n])]);
    return { value: tf.scalar(value), gradFunc };
  });
  // G = FFᵀ, so that dF = (W + Wᵀ)·F.
  const gradFunc = (dy: tf.Scalar, saved: tf.Tensor[]): tf.Tensor => {
    const [rows, gradient] = saved as [tf.Tensor2D, tf.Tensor2D];
    return tf.matMul(tf.mul(gradient, tf.mul(dy, 2)), rows);
  };
  return operation(features);
}

function withoutMeans(rows: tf.Tensor2D, blocks: readonly number[]): tf.Tensor2D {
  const parts = blocks.length === 1 ? [rows] : tf.split(rows, [...blocks]);
  const centred = parts.map((part) =>
    tf.sub<tf.Tensor2D>(part, tf.div(tf.sum(part, 0, true), part.shape[0])),
  );
  return tf.concat(centred, 0);
}
