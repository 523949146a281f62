import type * as tf from '@tensorflow/tfjs';
import { RELU_GRADIENT_KERNEL } from '../reluGradient.ts';
import { wasmKernel } from './kernel.ts';
import { publishedKernel } from './published.ts';
import { shares } from './shares.ts';
import type { SimdHeap } from './simdHeap.ts';

const published = publishedKernel('Relu');

/** Describes the kernels of ReLU for TensorFlow.js to register. */
export function reluKernels(heap: SimdHeap): tf.KernelConfig[] {
  return [
    {
      ...published,
      ...wasmKernel<'x', unknown>('Relu', ({ inputs: { x }, backend }) => {
        if (x.dtype !== 'float32')
          return published.kernelFunc({ inputs: { x }, attrs: {}, backend });
        const y = backend.makeOutput(x.shape, 'float32');
        runOnValues(heap, 'relu', [x, y], x.size);
        return y;
      }),
    },
    wasmKernel<'dy' | 'x', unknown>(RELU_GRADIENT_KERNEL, ({ inputs: { dy, x }, backend }) => {
      const dx = backend.makeOutput(x.shape, 'float32');
      runOnValues(heap, 'reluGradient', [dy, x, dx], x.size);
      return dx;
    }),
  ];
}

/** Runs a kernel on shares of the values of tensors of one size. */
function runOnValues(
  heap: SimdHeap,
  kernel: string,
  tensors: readonly tf.TensorInfo[],
  size: number,
): void {
  heap.run(
    shares(size, 1).map(({ first, count }) => [
      kernel,
      ...tensors.map((tensor) => heap.address(tensor) + 4 * first),
      count,
    ]),
  );
}
