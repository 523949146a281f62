import * as tf from '@tensorflow/tfjs';

/**
 * Kernel of the gradient of ReLU, in one pass: dy where x > 0, else dy·0, which is NaN where dy is
 * not finite. Where x is NaN, wasm gives NaN, as what TensorFlow.js composes; native gives dy·0.
 */
export const RELU_GRADIENT_KERNEL = 'ReluGrad';

/** Inputs of the kernel, of one shape. */
export interface ReluGradientInputs {
  readonly dy: tf.TensorInfo;
  readonly x: tf.TensorInfo;
}

/**
 * Lets the gradient of ReLU run the kernel on backends that have it; the others keep to what
 * TensorFlow.js composes, dy times the step function of x.
 */
export function registerReluGradient(): void {
  tf.unregisterGradient(tf.Relu);
  tf.registerGradient({
    kernelName: tf.Relu,
    inputsToSave: ['x'],
    gradFunc: (output, saved) => {
      const dy = output as tf.Tensor;
      const x = saved[0]!;
      // It is undefined where a backend lacks it, whatever its type says.
      const kernel: unknown = tf.getKernel(RELU_GRADIENT_KERNEL, tf.getBackend());
      return {
        x: () =>
          kernel === undefined
            ? tf.mul(dy, tf.step(x))
            : tf.engine().runKernel<tf.Tensor>(RELU_GRADIENT_KERNEL, { dy, x }),
      };
    },
  });
}
