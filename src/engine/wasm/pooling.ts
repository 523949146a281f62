import * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './kernel.ts';
import { pooling2d, pooling3d, poolingGeometry, type Pooling } from './poolWindows.ts';
import { shares } from './shares.ts';
import type { SimdHeap } from './simdHeap.ts';

/** Finds the windows over an input, [batch, ..., channels]. */
type Windows<Attributes> = (input: tf.TensorInfo, attributes: Attributes) => Pooling;

const windows2d: Windows<tf.MaxPoolGradAttrs> = (
  { shape },
  { filterSize, strides, pad, dimRoundingMode },
) => {
  const size = shape as tf.Tensor4D['shape'];
  const { computePool2DInfo } = tf.backend_util;
  return pooling2d(computePool2DInfo(size, filterSize, strides, 1, pad, dimRoundingMode));
};

const windows3d: Windows<tf.MaxPool3DGradAttrs> = (
  { shape },
  { filterSize, strides, pad, dimRoundingMode },
) => {
  const size = shape as tf.Tensor5D['shape'];
  const { computePool3DInfo } = tf.backend_util;
  return pooling3d(computePool3DInfo(size, filterSize, strides, 1, pad, dimRoundingMode));
};

/** Describes the kernels of poolings for TensorFlow.js to register. */
export function poolingKernels(heap: SimdHeap): tf.KernelConfig[] {
  return [
    maxPool('MaxPool', windows2d, heap),
    maxPool('MaxPool3D', windows3d, heap),
    maxPoolGradient('MaxPoolGrad', windows2d, heap),
    maxPoolGradient('MaxPool3DGrad', windows3d, heap),
    averagePoolGradient('AvgPoolGrad', windows2d, heap),
    averagePoolGradient('AvgPool3DGrad', windows3d, heap),
  ];
}

/** The published 3-D kernel never gives less than the smallest positive number. */
function maxPool<A>(name: string, windows: Windows<A>, heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'x', A>(name, ({ inputs: { x }, attrs, backend }) => {
    if (x.dtype !== 'float32') throw new Error(`${name} takes float32 tensors, not ${x.dtype}`);
    const pooling = windows(x, attrs);
    const { batch, depth, height, width, channels } = pooling;
    const axes = x.shape.length === 5 ? [depth, height, width] : [height, width];
    const outputs = axes.map(({ output }) => output);
    const y = backend.makeOutput([batch, ...outputs, channels], 'float32');
    runOnImages(heap, pooling, 'maxPool', [x, y]);
    return y;
  });
}

/**
 * Each window's dy goes to its first maximum. The published kernel seeks the maximum from the
 * smallest positive number upwards and so loses the gradient of windows without a positive value.
 */
function maxPoolGradient<A>(name: string, windows: Windows<A>, heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'dy' | 'input', A>(name, ({ inputs: { dy, input }, attrs, backend }) => {
    const dx = backend.makeOutput(input.shape, 'float32');
    runOnImages(heap, windows(input, attrs), 'maxPoolGradient', [input, dy, dx]);
    return dx;
  });
}

/**
 * Each window's dy is shared out among its cells. The published kernels, of wasm and cpu alike,
 * divide by the size of the whole window where the forward pass divides by the cells inside the
 * input, and so are wrong at padded borders.
 */
function averagePoolGradient<A>(
  name: string,
  windows: Windows<A>,
  heap: SimdHeap,
): tf.KernelConfig {
  return wasmKernel<'dy' | 'input', A>(name, ({ inputs: { dy, input }, attrs, backend }) => {
    const dx = backend.makeOutput(input.shape, 'float32');
    runOnImages(heap, windows(input, attrs), 'averagePoolGradient', [dy, dx]);
    return dx;
  });
}

/** Runs a kernel on shares of the images of its tensors. */
function runOnImages(
  heap: SimdHeap,
  pooling: Pooling,
  kernel: string,
  tensors: readonly tf.TensorInfo[],
): void {
  const { batch, channels, depth, height, width } = pooling;
  const work = depth.input * height.input * width.input * channels;
  heap.lend(poolingGeometry(pooling), (shape) => {
    heap.run(
      shares(batch, work).map(({ first, count }) => [
        kernel,
        ...tensors.map((tensor) => {
          const image = tf.util.sizeFromShape(tensor.shape.slice(1));
          return heap.address(tensor) + 4 * first * image;
        }),
        count,
        shape,
      ]),
    );
  });
}
