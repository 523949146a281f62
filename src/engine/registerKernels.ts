import * as tf from '@tensorflow/tfjs';

/** Registers a backend's kernels, each in place of one of its name where there is one. */
export function registerKernels(backendName: string, kernels: readonly tf.KernelConfig[]): void {
  const registered = new Set(
    tf.getKernelsForBackend(backendName).map(({ kernelName }) => kernelName),
  );
  for (const kernel of kernels) {
    if (registered.has(kernel.kernelName)) tf.unregisterKernel(kernel.kernelName, backendName);
    tf.registerKernel(kernel);
  }
}
