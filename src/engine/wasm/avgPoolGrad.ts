import * as tf from '@tensorflow/tfjs';
import { wasmKernel, type KernelCall } from './kernel.ts';
import { pooling2d, pooling3d, poolingGeometry, type Pooling } from './poolWindows.ts';
import type { SimdHeap } from './simdHeap.ts';

type Call<Attributes> = KernelCall<'dy' | 'input', Attributes>;

/**
 * Computes an average pooling's gradient for its input: each window's dy is shared out among its
 * cells. The published kernels, of wasm and cpu alike, divide by the size of the whole window where
 * the forward pass divides by the cells inside the input, and so are wrong at padded borders.
 */
export function avgPoolGrad(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel('AvgPoolGrad', (call: Call<tf.AvgPoolGradAttrs>) => {
    const { filterSize, strides, pad } = call.attrs;
    const shape = call.inputs.input.shape as tf.Tensor4D['shape'];
    return toAllCells(
      call,
      heap,
      pooling2d(tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad)),
    );
  });
}

/** The same for [batch, depth, height, width, channels]. */
export function avgPool3dGrad(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel('AvgPool3DGrad', (call: Call<tf.AvgPool3DGradAttrs>) => {
    const { filterSize, strides, pad, dimRoundingMode } = call.attrs;
    const shape = call.inputs.input.shape as tf.Tensor5D['shape'];
    return toAllCells(
      call,
      heap,
      pooling3d(
        tf.backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode),
      ),
    );
  });
}

function toAllCells({ inputs }: Call<unknown>, heap: SimdHeap, pooling: Pooling): tf.TensorInfo {
  const dx = heap.backend.makeOutput(inputs.input.shape, 'float32');
  heap.lend(poolingGeometry(pooling), (shape) => {
    heap.run([['averagePoolGradient', heap.address(inputs.dy), heap.address(dx), shape]]);
  });
  return dx;
}
