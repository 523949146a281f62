import * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './kernel.ts';
import type { SimdHeap } from './simdHeap.ts';
import { spreadGradient } from './spreadGradient.ts';

/**
 * Computes a convolution's gradient for its input, [batch, height, width, in], from dy,
 * [batch, outHeight, outWidth, out]: a forward convolution of the spread-out dy with the filter
 * turned by half and its channels swapped (Dumoulin & Visin 2016, section 4).
 */
export function conv2dBackpropInput(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'dy' | 'filter', tf.Conv2DBackpropInputAttrs>(
    'Conv2DBackpropInput',
    ({ inputs: { dy, filter }, attrs }) => {
      const info = tf.backend_util.computeConv2DInfo(
        attrs.inputShape,
        filter.shape as tf.Tensor4D['shape'],
        attrs.strides,
        1,
        attrs.pad,
        attrs.dimRoundingMode,
      );
      return tf.tidy(() => {
        const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
        const { spread, padding } = spreadGradient(reachable(dy, info), info, heap);
        return tf.conv2d(spread, turned, 1, padding);
      });
    },
  );
}

/**
 * Cuts dy to the convolution's output: a transposed convolution that is asked for a smaller result
 * than its input makes has more.
 */
function reachable(dy: tf.Tensor, { outHeight, outWidth }: tf.backend_util.Conv2DInfo): tf.Tensor {
  const [batch = 0, height = 0, width = 0, channels = 0] = dy.shape;
  if (height <= outHeight && width <= outWidth) return dy;
  const size = [batch, Math.min(height, outHeight), Math.min(width, outWidth), channels];
  return tf.slice(dy, [0, 0, 0, 0], size);
}
