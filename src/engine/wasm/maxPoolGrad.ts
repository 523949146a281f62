import * as tf from '@tensorflow/tfjs';
import { wasmKernel, type KernelCall } from './kernel.ts';
import { pooling2d, pooling3d, poolingGeometry, type Pooling } from './poolWindows.ts';
import type { SimdHeap } from './simdHeap.ts';

type Call<Attributes> = KernelCall<'dy' | 'input' | 'output', Attributes>;

/**
 * Computes a max pooling's gradient for its input: each window's dy goes to its first maximum.
 * The published kernel seeks the maximum from the smallest positive number upwards and so loses
 * the gradient of windows without a positive value.
 */
export function maxPoolGrad(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel('MaxPoolGrad', (call: Call<tf.MaxPoolGradAttrs>) => {
    const { filterSize, strides, pad, dimRoundingMode } = call.attrs;
    const shape = call.inputs.input.shape as tf.Tensor4D['shape'];
    return toMaxima(
      call,
      heap,
      pooling2d(
        tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode),
      ),
    );
  });
}

/** The same for [batch, depth, height, width, channels]. */
export function maxPool3dGrad(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel('MaxPool3DGrad', (call: Call<tf.MaxPool3DGradAttrs>) => {
    const { filterSize, strides, pad, dimRoundingMode } = call.attrs;
    const shape = call.inputs.input.shape as tf.Tensor5D['shape'];
    return toMaxima(
      call,
      heap,
      pooling3d(
        tf.backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode),
      ),
    );
  });
}

function toMaxima({ inputs }: Call<unknown>, heap: SimdHeap, pooling: Pooling): tf.TensorInfo {
  const dx = heap.backend.makeOutput(inputs.input.shape, 'float32');
  heap.lend(poolingGeometry(pooling), (shape) => {
    heap.run([
      [
        'maxPoolGradient',
        heap.address(inputs.input),
        heap.address(inputs.dy),
        heap.address(dx),
        shape,
      ],
    ]);
  });
  return dx;
}
