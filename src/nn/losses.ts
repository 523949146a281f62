import * as tf from '@tensorflow/tfjs';
import { layersWithin } from './layerTree.ts';

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

/**
 * Returns the penalty of each regularized weight of a model, as Keras counts them: once, however
 * often its layer is called, and in wrapped and nested models too (tfjs' own sum does neither).
 */
export function regularizationLosses(model: tf.LayersModel): tf.Scalar[] {
  const penalties = new Set([...layersWithin(model)].flatMap(({ losses }) => losses));
  return [...penalties].map((penalty) => penalty());
}

/** Returns how many rows of class scores [n, classes] are largest at their label, [n]. */
export function countCorrect(logits: tf.Tensor2D, labels: Int32Array): number {
  const chosen = tf.tidy(() => tf.argMax(logits, 1).dataSync<'int32'>());
  return labels.reduce((correct, label, row) => correct + Number(chosen[row] === label), 0);
}
