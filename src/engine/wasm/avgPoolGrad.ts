import * as tf from '@tensorflow/tfjs';
import { floats, wasmKernel, type KernelCall } from './kernel.ts';
import { forEachWindow, pooling2d, pooling3d, type Pooling } from './poolWindows.ts';

type Call<Attributes> = KernelCall<'dy' | 'input', Attributes>;

/**
 * Computes an average pooling's gradient for its input: each window's dy is shared out among its
 * cells. The published kernels, of wasm and cpu alike, divide by the size of the whole window where
 * the forward pass divides by the cells inside the input, and so are wrong at padded borders.
 */
export const avgPoolGrad = wasmKernel('AvgPoolGrad', (call: Call<tf.AvgPoolGradAttrs>) => {
  const { filterSize, strides, pad } = call.attrs;
  const shape = call.inputs.input.shape as tf.Tensor4D['shape'];
  return toAllCells(
    call,
    pooling2d(tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad)),
  );
});

/** The same for [batch, depth, height, width, channels]. */
export const avgPool3dGrad = wasmKernel('AvgPool3DGrad', (call: Call<tf.AvgPool3DGradAttrs>) => {
  const { filterSize, strides, pad, dimRoundingMode } = call.attrs;
  const shape = call.inputs.input.shape as tf.Tensor5D['shape'];
  return toAllCells(
    call,
    pooling3d(
      tf.backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode),
    ),
  );
});

function toAllCells({ inputs, backend }: Call<unknown>, pooling: Pooling): tf.TensorInfo {
  const dx = backend.makeOutput(inputs.input.shape, 'float32');
  const gradient = floats(backend, inputs.dy);
  const result = floats(backend, dx);
  result.fill(0);
  forEachWindow(pooling, (output, cells) => {
    for (const cell of cells) {
      for (let channel = 0; channel < pooling.channels; channel++) {
        result[cell + channel]! += gradient[output + channel]! / cells.length;
      }
    }
  });
  return dx;
}
