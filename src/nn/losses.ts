import * as tf from '@tensorflow/tfjs';

/**
 * Returns the mean cross-entropy, in nats, between class scores before the softmax, [n, classes],
 * and integer labels, [n], each in 0 … classes − 1.
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, labels: Int32Array): tf.Scalar {
  return tf.tidy(() => {
    const chosen = tf.oneHot(tf.tensor1d(labels, 'int32'), logits.shape[1]);
    const logLikelihood = tf.sum(tf.mul(tf.logSoftmax(logits), chosen));
    return tf.div<tf.Scalar>(logLikelihood, -labels.length);
  });
}

/** Returns how many rows of class scores [n, classes] are largest at their label, [n]. */
export function countCorrect(logits: tf.Tensor2D, labels: Int32Array): number {
  const chosen = tf.tidy(() => tf.argMax(logits, 1).dataSync<'int32'>());
  return labels.reduce((correct, label, row) => correct + Number(chosen[row] === label), 0);
}
