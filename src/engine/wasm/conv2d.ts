import * as tf from '@tensorflow/tfjs';
import { convolution2d } from './convolution.ts';
import { convolve, convolveBack, filterGradient } from './correlate.ts';
import { wasmKernel } from './kernel.ts';
import type { SimdHeap } from './simdHeap.ts';

/**
 * Computes a convolution of x, [batch, height, width, in], with a filter, [height, width, in, out].
 */
export function conv2d(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'x' | 'filter', tf.Conv2DAttrs>(
    'Conv2D',
    ({ inputs: { x, filter }, attrs, backend }) => {
      const info = tf.backend_util.computeConv2DInfo(
        x.shape as tf.Tensor4D['shape'],
        filter.shape as tf.Tensor4D['shape'],
        attrs.strides,
        attrs.dilations,
        attrs.pad,
        attrs.dimRoundingMode,
        false,
        tf.backend_util.convertConv2DDataFormat(attrs.dataFormat),
      );
      if (info.dataFormat !== 'channelsLast') {
        throw new Error('the wasm backend convolves NHWC tensors only');
      }
      const y = backend.makeOutput(info.outShape, 'float32');
      convolve(heap, convolution2d(info), x, filter, y);
      return y;
    },
  );
}

/** Computes the gradient for the input from dy, [batch, outHeight, outWidth, out]. */
export function conv2dBackpropInput(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'dy' | 'filter', tf.Conv2DBackpropInputAttrs>(
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
      const seen = reachable(dy, info);
      const [, outHeight = 0, outWidth = 0] = seen.shape;
      const dx = backend.makeOutput(attrs.inputShape, 'float32');
      convolveBack(heap, convolution2d({ ...info, outHeight, outWidth }), seen, filter, dx);
      if (seen !== dy) seen.dispose();
      return dx;
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

/** Computes the gradient for the filter from x and dy. */
export function conv2dBackpropFilter(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'x' | 'dy', tf.Conv2DBackpropFilterAttrs>(
    'Conv2DBackpropFilter',
    ({ inputs: { x, dy }, attrs, backend }) => {
      const info = tf.backend_util.computeConv2DInfo(
        x.shape as tf.Tensor4D['shape'],
        attrs.filterShape,
        attrs.strides,
        1,
        attrs.pad,
        attrs.dimRoundingMode,
      );
      const gradient = backend.makeOutput(attrs.filterShape, 'float32');
      filterGradient(heap, convolution2d(info), x, dy, gradient);
      return gradient;
    },
  );
}
