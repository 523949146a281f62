import * as tf from '@tensorflow/tfjs';
import { floats, wasmKernel } from './kernel.ts';
import { forEachWindow, pooling3d } from './poolWindows.ts';

/**
 * Computes a max pooling of [batch, depth, height, width, channels]. The published kernel never
 * gives less than the smallest positive number.
 */
export const maxPool3d = wasmKernel<'x', tf.MaxPool3DAttrs>(
  'MaxPool3D',
  ({ inputs: { x }, attrs, backend }) => {
    const { filterSize, strides, pad, dimRoundingMode } = attrs;
    const info = tf.backend_util.computePool3DInfo(
      x.shape as tf.Tensor5D['shape'],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const pooled = backend.makeOutput(info.outShape, 'float32');
    const input = floats(backend, x);
    const result = floats(backend, pooled);
    result.fill(-Infinity);
    forEachWindow(pooling3d(info), (output, cells) => {
      for (const cell of cells) {
        for (let channel = 0; channel < info.inChannels; channel++) {
          const value = input[cell + channel]!;
          if (value > result[output + channel]!) result[output + channel] = value;
        }
      }
    });
    return pooled;
  },
);
