import * as tf from '@tensorflow/tfjs';
import { BACKEND, integers, nativeKernel, type OpAttribute, type OpRunner } from './opRunner.ts';

interface MaxPoolInputs {
  /** [images, height, width, channels]. */
  readonly x: tf.TensorInfo;
}

interface MaxPoolGradientInputs {
  /** [images, height, width, channels], as the output. */
  readonly dy: tf.TensorInfo;
  readonly input: tf.TensorInfo;
  readonly output: tf.TensorInfo;
}

/** Describes the kernels of max pooling. */
export function poolingKernels(backend: OpRunner): tf.KernelConfig[] {
  const windows = (pool: tf.backend_util.Conv2DInfo): OpAttribute[] => [
    integers(backend, 'window', [pool.filterHeight, pool.filterWidth]),
    integers(backend, 'strides', [pool.strideHeight, pool.strideWidth]),
    integers(backend, 'padding', [pool.padInfo.top, pool.padInfo.left]),
  ];
  const published = tf.getKernel(tf.MaxPool, BACKEND).kernelFunc;
  return [
    nativeKernel<MaxPoolInputs, tf.MaxPoolAttrs>(tf.MaxPool, (call) => {
      const { x } = call.inputs;
      if (x.dtype !== 'float32') return published(call as unknown as Parameters<tf.KernelFunc>[0]);
      const pool = poolOf(x, call.attrs);
      const size = integers(backend, 'size', [pool.outHeight, pool.outWidth]);
      return backend.executeSingleOutput('BnLensMaxPool', [...windows(pool), size], [x]);
    }),
    nativeKernel<MaxPoolGradientInputs, tf.MaxPoolAttrs>(
      tf.MaxPoolGrad,
      ({ inputs: { dy, input, output }, attrs }) =>
        backend.executeSingleOutput('BnLensMaxPoolGrad', windows(poolOf(input, attrs)), [
          dy,
          input,
          output,
        ]),
    ),
  ];
}

function poolOf(
  { shape }: tf.TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: tf.MaxPoolAttrs,
): tf.backend_util.Conv2DInfo {
  const [images, height, width, channels] = shape as [number, number, number, number];
  return tf.backend_util.computePool2DInfo(
    [images, height, width, channels],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}
