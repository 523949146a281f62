import * as tf from '@tensorflow/tfjs';

/**
 * Passes x on, and back its gradient times −λ: what minimizes a loss behind it makes the layers
 * before it maximize that loss, λ times (Ganin et al. 2016, section 4.2).
 */
export function reverseGradient<T extends tf.Tensor>(x: T, lambda: number): T {
  const operation = tf.customGrad<T>((...args) => ({
    value: tf.clone(args[0] as T),
    gradFunc: (dy: T) => tf.mul(dy, -lambda),
  }));
  return operation(x);
}
