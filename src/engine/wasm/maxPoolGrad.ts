import * as tf from '@tensorflow/tfjs';
import { floats, wasmKernel, type KernelCall } from './kernel.ts';
import { forEachWindow, pooling2d, pooling3d, type Pooling } from './poolWindows.ts';

type Call<Attributes> = KernelCall<'dy' | 'input' | 'output', Attributes>;

/**
 * Computes a max pooling's gradient for its input: each window's dy goes to its first maximum.
 * The published kernel seeks the maximum from the smallest positive number upwards and so loses
 * the gradient of windows without a positive value.
 */
export const maxPoolGrad = wasmKernel('MaxPoolGrad', (call: Call<tf.MaxPoolGradAttrs>) => {
  const { filterSize, strides, pad, dimRoundingMode } = call.attrs;
  const shape = call.inputs.input.shape as tf.Tensor4D['shape'];
  return toMaxima(
    call,
    pooling2d(
      tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode),
    ),
  );
});

/** The same for [batch, depth, height, width, channels]. */
export const maxPool3dGrad = wasmKernel('MaxPool3DGrad', (call: Call<tf.MaxPool3DGradAttrs>) => {
  const { filterSize, strides, pad, dimRoundingMode } = call.attrs;
  const shape = call.inputs.input.shape as tf.Tensor5D['shape'];
  return toMaxima(
    call,
    pooling3d(
      tf.backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode),
    ),
  );
});

function toMaxima({ inputs, backend }: Call<unknown>, pooling: Pooling): tf.TensorInfo {
  const dx = backend.makeOutput(inputs.input.shape, 'float32');
  const input = floats(backend, inputs.input);
  const gradient = floats(backend, inputs.dy);
  const result = floats(backend, dx);
  result.fill(0);
  forEachWindow(pooling, (output, cells) => {
    for (let channel = 0; channel < pooling.channels; channel++) {
      let maximum = -Infinity;
      let place = -1;
      for (const cell of cells) {
        const value = input[cell + channel]!;
        if (value > maximum) {
          maximum = value;
          place = cell + channel;
        }
      }
      // A window of nothing but NaN or -Infinity has no maximum, as in the cpu backend.
      if (place >= 0) result[place]! += gradient[output + channel]!;
    }
  });
  return dx;
}
