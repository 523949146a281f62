import * as tf from '@tensorflow/tfjs';
import { convolutionGeometry } from './convolutionGeometry.ts';
import { wasmKernel } from './kernel.ts';
import type { SimdHeap } from './simdHeap.ts';

/**
 * Computes a depthwise convolution's gradient for its filter, [height, width, in, multiplier], from
 * x, [batch, height, width, in], and dy, [batch, outHeight, outWidth, in * multiplier].
 */
export function depthwiseConv2dBackpropFilter(heap: SimdHeap): tf.KernelConfig {
  return wasmKernel<'x' | 'dy', tf.DepthwiseConv2dNativeBackpropFilterAttrs>(
    'DepthwiseConv2dNativeBackpropFilter',
    ({ inputs: { x, dy }, attrs, backend }) => {
      const info = tf.backend_util.computeConv2DInfo(
        x.shape as tf.Tensor4D['shape'],
        attrs.filterShape,
        attrs.strides,
        attrs.dilations,
        attrs.pad,
        attrs.dimRoundingMode,
        true,
      );
      const output = backend.makeOutput(attrs.filterShape, 'float32');
      heap.lend(convolutionGeometry(info), (shape) => {
        heap.run([
          [
            'depthwiseFilterGradient',
            heap.address(x),
            heap.address(dy),
            heap.address(output),
            shape,
          ],
        ]);
      });
      return output;
    },
  );
}
