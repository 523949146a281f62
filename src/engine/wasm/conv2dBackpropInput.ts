import * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './kernel.ts';
import { spreadGradient } from './spreadGradient.ts';

/**
 * Computes a convolution's gradient for its input, [batch, height, width, in], from dy,
 * [batch, outHeight, outWidth, out]: a forward convolution of the spread-out dy with the filter
 * turned by half and its channels swapped (Dumoulin & Visin 2016, section 4).
 */
export const conv2dBackpropInput = wasmKernel<'dy' | 'filter', tf.Conv2DBackpropInputAttrs>(
  'Conv2DBackpropInput',
  ({ inputs: { dy, filter }, attrs, backend }) => {
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
      return tf.conv2d(spreadGradient(dy, info, backend), turned, 1, 'valid');
    });
  },
);
