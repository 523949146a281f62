import * as tf from '@tensorflow/tfjs';
import { convolutionGeometry } from './convolutionGeometry.ts';
import { wasmKernel } from './kernel.ts';
import type { SimdHeap } from './simdHeap.ts';

/**
 * Computes a convolution's gradient for its filter, [height, width, in, out], from x,
 * [batch, height, width, in], and dy, [batch, outHeight, outWidth, out].
 */
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
      const output = backend.makeOutput(attrs.filterShape, 'float32');
      heap.lend(convolutionGeometry(info), (shape) => {
        heap.kernels.convolutionFilterGradient(
          heap.address(x),
          heap.address(dy),
          heap.address(output),
          shape,
        );
      });
      return output;
    },
  );
}
