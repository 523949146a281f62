import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

/** Returns a kernel as the published wasm backend registers it; to be called when modules load. */
export function publishedKernel(kernelName: string): tf.KernelConfig {
  return tf.getKernel(kernelName, 'wasm');
}
