import * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './kernel.ts';
import type { SimdHeap } from './simdHeap.ts';
import { spreadGradient } from './spreadGradient.ts';

/**
 * Computes a depthwise convolution's gradient for its input, [batch, height, width, in], from dy,
 * [batch, outHeight, outWidth, in * multiplier]: a forward depthwise convolution of the spread-out
 * dy with the filter turned by half, summed over the multiplier.
 */
export function depthwiseConv2dBackpropInput(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'dy' | 'filter', tf.DepthwiseConv2dNativeBackpropInputAttrs>(
    'DepthwiseConv2dNativeBackpropInput',
    ({ inputs: { dy, filter }, attrs }) => {
      const info = tf.backend_util.computeConv2DInfo(
        attrs.inputShape,
        filter.shape as tf.Tensor4D['shape'],
        attrs.strides,
        attrs.dilations,
        attrs.pad,
        attrs.dimRoundingMode,
        true,
      );
      const { filterHeight, filterWidth, inChannels, outChannels } = info;
      const multiplier = outChannels / inChannels;
      return tf.tidy(() => {
        const turned = tf.reverse(filter, [0, 1]);
        const { spread, padding } = spreadGradient(dy, info, heap);
        const perOutput = tf.depthwiseConv2d(
          spread,
          tf.reshape<tf.Rank.R4>(turned, [filterHeight, filterWidth, outChannels, 1]),
          1,
          padding,
          'NHWC',
          [info.dilationHeight, info.dilationWidth],
        );
        return multiplier === 1
          ? perOutput
          : tf.sum(tf.reshape(perOutput, [...attrs.inputShape, multiplier]), -1);
      });
    },
  );
}
