import * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './kernel.ts';
import { placeOnGrid, type Extent } from './placeOnGrid.ts';
import { publishedKernel } from './published.ts';
import type { SimdHeap } from './simdHeap.ts';

const published = publishedKernel('Conv3DBackpropFilterV2');

/**
 * Computes a 3-D convolution's gradient for its filter, [depth, height, width, in, out], from x,
 * [batch, depth, height, width, in], and dy, [batch, ...outputs, out], through the published
 * kernel, which is right for stride 1 only: dy is spread out by the strides beforehand.
 */
export function conv3dBackpropFilter(heap: SimdHeap): tf.KernelConfig {
  return {
    ...published,
    ...wasmKernel<'x' | 'dy', tf.Conv3DBackpropFilterV2Attrs>(
      'Conv3DBackpropFilterV2',
      ({ inputs: { x, dy }, attrs, backend }) => {
        const info = tf.backend_util.computeConv3DInfo(
          x.shape as tf.Tensor5D['shape'],
          attrs.filterShape,
          attrs.strides,
          1,
          attrs.pad,
        );
        const { front, top, left } = info.padInfo;
        const stride: Extent = [info.strideDepth, info.strideHeight, info.strideWidth];
        const spread: Extent = [
          (info.outDepth - 1) * info.strideDepth + 1,
          (info.outHeight - 1) * info.strideHeight + 1,
          (info.outWidth - 1) * info.strideWidth + 1,
        ];
        const seen: Extent = [
          spread[0] + info.filterDepth - 1,
          spread[1] + info.filterHeight - 1,
          spread[2] + info.filterWidth - 1,
        ];
        const unit: Extent = [1, 1, 1];
        const input = placeOnGrid(x, heap, {
          size: seen,
          offset: [front, top, left],
          stride: unit,
        });
        const gradient = placeOnGrid(dy, heap, { size: spread, offset: [0, 0, 0], stride });
        const output = published.kernelFunc({
          inputs: { x: input, dy: gradient },
          attrs: { ...attrs, strides: 1, pad: 'valid' },
          backend,
        }) as tf.TensorInfo;
        input.dispose();
        gradient.dispose();
        return output;
      },
    ),
  };
}
