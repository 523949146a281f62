import * as tf from '@tensorflow/tfjs';
import { convolution3d } from './convolution.ts';
import { convolve, convolveBack, filterGradient } from './correlate.ts';
import { wasmKernel } from './kernel.ts';
import type { SimdHeap } from './simdHeap.ts';

/**
 * Computes a convolution of x, [batch, depth, height, width, in], with a filter, [depth, height,
 * width, in, out].
 */
export function conv3d(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'x' | 'filter', tf.Conv3DAttrs>(
    'Conv3D',
    ({ inputs: { x, filter }, attrs, backend }) => {
      const info = tf.backend_util.computeConv3DInfo(
        x.shape as tf.Tensor5D['shape'],
        filter.shape as tf.Tensor5D['shape'],
        attrs.strides,
        attrs.dilations,
        attrs.pad,
      );
      const y = backend.makeOutput(info.outShape, 'float32');
      convolve(heap, convolution3d(info), x, filter, y);
      return y;
    },
  );
}

/**
 * Computes the gradient for the input from dy, [batch, ...outputs, out]. The published kernel is
 * wrong as soon as there is more than one layer of depth.
 */
export function conv3dBackpropInput(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'dy' | 'filter', tf.Conv3DBackpropInputV2Attrs>(
    'Conv3DBackpropInputV2',
    ({ inputs: { dy, filter }, attrs, backend }) => {
      const info = tf.backend_util.computeConv3DInfo(
        attrs.inputShape,
        filter.shape as tf.Tensor5D['shape'],
        attrs.strides,
        1,
        attrs.pad,
      );
      const dx = backend.makeOutput(attrs.inputShape, 'float32');
      convolveBack(heap, convolution3d(info), dy, filter, dx);
      return dx;
    },
  );
}

/** Computes the gradient for the filter from x and dy; the published kernel is right for stride 1. */
export function conv3dBackpropFilter(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'x' | 'dy', tf.Conv3DBackpropFilterV2Attrs>(
    'Conv3DBackpropFilterV2',
    ({ inputs: { x, dy }, attrs, backend }) => {
      const info = tf.backend_util.computeConv3DInfo(
        x.shape as tf.Tensor5D['shape'],
        attrs.filterShape,
        attrs.strides,
        1,
        attrs.pad,
      );
      const gradient = backend.makeOutput(attrs.filterShape, 'float32');
      filterGradient(heap, convolution3d(info), x, dy, gradient);
      return gradient;
    },
  );
}
