import * as tf from '@tensorflow/tfjs';
import { floats, wasmKernel } from './kernel.ts';

/**
 * Computes a depthwise convolution's gradient for its filter, [height, width, in, multiplier], from
 * x, [batch, height, width, in], and dy, [batch, outHeight, outWidth, in * multiplier].
 * There is no matrix product in it, so plain loops serve; they sum in double precision.
 */
export const depthwiseConv2dBackpropFilter = wasmKernel<
  'x' | 'dy',
  tf.DepthwiseConv2dNativeBackpropFilterAttrs
>('DepthwiseConv2dNativeBackpropFilter', ({ inputs: { x, dy }, attrs, backend }) => {
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as tf.Tensor4D['shape'],
    attrs.filterShape,
    attrs.strides,
    attrs.dilations,
    attrs.pad,
    attrs.dimRoundingMode,
    true,
  );
  const { batchSize, filterHeight, filterWidth, inHeight, inWidth, outHeight, outWidth } = info;
  const { inChannels, outChannels, padInfo } = info;
  const multiplier = outChannels / inChannels;
  const output = backend.makeOutput(attrs.filterShape, 'float32');
  const input = floats(backend, x);
  const gradient = floats(backend, dy);
  const result = floats(backend, output);
  const sums = new Float64Array(outChannels);
  for (let tapRow = 0; tapRow < filterHeight; tapRow++) {
    for (let tapColumn = 0; tapColumn < filterWidth; tapColumn++) {
      sums.fill(0);
      for (let image = 0; image < batchSize; image++) {
        for (let row = 0; row < outHeight; row++) {
          const inRow = row * info.strideHeight + tapRow * info.dilationHeight - padInfo.top;
          if (inRow < 0 || inRow >= inHeight) continue;
          for (let column = 0; column < outWidth; column++) {
            const inColumn =
              column * info.strideWidth + tapColumn * info.dilationWidth - padInfo.left;
            if (inColumn < 0 || inColumn >= inWidth) continue;
            const source = ((image * inHeight + inRow) * inWidth + inColumn) * inChannels;
            const target = ((image * outHeight + row) * outWidth + column) * outChannels;
            for (let channel = 0, out = 0; channel < inChannels; channel++) {
              const value = input[source + channel]!;
              for (let copy = 0; copy < multiplier; copy++, out++) {
                sums[out]! += value * gradient[target + out]!;
              }
            }
          }
        }
      }
      result.set(sums, (tapRow * filterWidth + tapColumn) * outChannels);
    }
  }
  return output;
});
