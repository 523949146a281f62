import * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './kernel.ts';
import { placeOnGrid } from './placeOnGrid.ts';
import type { SimdHeap } from './simdHeap.ts';

/**
 * Computes a 3-D convolution's gradient for its input, [batch, depth, height, width, in], from dy,
 * [batch, ...outputs, out], as a forward convolution (see `conv2dBackpropInput`). The published
 * kernel is wrong as soon as there is more than one layer of depth.
 */
export function conv3dBackpropInput(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'dy' | 'filter', tf.Conv3DBackpropInputV2Attrs>(
    'Conv3DBackpropInputV2',
    ({ inputs: { dy, filter }, attrs }) => {
      const info = tf.backend_util.computeConv3DInfo(
        attrs.inputShape,
        filter.shape as tf.Tensor5D['shape'],
        attrs.strides,
        1,
        attrs.pad,
      );
      const reach = [info.filterDepth - 1, info.filterHeight - 1, info.filterWidth - 1] as const;
      const { front, top, left } = info.padInfo;
      return tf.tidy(() => {
        const spread = placeOnGrid(dy, heap, {
          size: [info.inDepth + reach[0], info.inHeight + reach[1], info.inWidth + reach[2]],
          offset: [reach[0] - front, reach[1] - top, reach[2] - left],
          stride: [info.strideDepth, info.strideHeight, info.strideWidth],
        });
        const turned = tf.transpose(tf.reverse(filter, [0, 1, 2]), [0, 1, 2, 4, 3]) as tf.Tensor5D;
        return tf.conv3d(spread, turned, 1, 'valid');
      });
    },
  );
}
