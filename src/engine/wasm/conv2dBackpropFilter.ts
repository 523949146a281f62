import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { floats, wasmKernel } from './kernel.ts';

/** Floats of the patch matrix that are held at one time: 16 MB. */
const PATCH_FLOATS = 1 << 22;

/**
 * Computes a convolution's gradient for its filter, [height, width, in, out], from x,
 * [batch, height, width, in], and dy, [batch, outHeight, outWidth, out]: the matrix of x's patches
 * times dy, as many images at a time as {@link PATCH_FLOATS} allows.
 */
export const conv2dBackpropFilter = wasmKernel<'x' | 'dy', tf.Conv2DBackpropFilterAttrs>(
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
    const pixels = info.outHeight * info.outWidth;
    const taps = info.filterHeight * info.filterWidth * info.inChannels;
    const chunk = Math.max(1, Math.floor(PATCH_FLOATS / (taps * pixels)));
    return tf.tidy(() => {
      const gradients = tf.reshape(dy, [info.batchSize * pixels, info.outChannels]);
      const parts: tf.Tensor[] = [];
      for (let first = 0; first < info.batchSize; first += chunk) {
        const images = Math.min(chunk, info.batchSize - first);
        parts.push(
          tf.tidy(() =>
            tf.matMul(
              patches(x, info, backend, first, images),
              tf.slice(gradients, [first * pixels, 0], [images * pixels, info.outChannels]),
            ),
          ),
        );
      }
      return tf.reshape(tf.addN(parts), attrs.filterShape);
    });
  },
);

/** Lays out what each filter tap sees: [height * width * in, images * outHeight * outWidth]. */
function patches(
  x: tf.Tensor,
  info: tf.backend_util.Conv2DInfo,
  backend: BackendWasm,
  first: number,
  images: number,
): tf.Tensor2D {
  const { filterHeight, filterWidth, inChannels, inHeight, inWidth, outHeight, outWidth } = info;
  const { strideHeight, strideWidth, padInfo } = info;
  const columns = images * outHeight * outWidth;
  const output = backend.makeOutput([filterHeight * filterWidth * inChannels, columns], 'float32');
  const from = floats(backend, x);
  const to = floats(backend, output);
  to.fill(0);
  for (let tapRow = 0; tapRow < filterHeight; tapRow++) {
    for (let tapColumn = 0; tapColumn < filterWidth; tapColumn++) {
      const shift = tapColumn - padInfo.left;
      const start = Math.max(0, Math.ceil(-shift / strideWidth));
      const end = Math.min(outWidth, Math.ceil((inWidth - shift) / strideWidth));
      for (let channel = 0; channel < inChannels; channel++) {
        const tap = (tapRow * filterWidth + tapColumn) * inChannels + channel;
        for (let image = 0; image < images; image++) {
          for (let row = 0; row < outHeight; row++) {
            const inRow = row * strideHeight + tapRow - padInfo.top;
            if (inRow < 0 || inRow >= inHeight) continue;
            const target = tap * columns + (image * outHeight + row) * outWidth;
            const source =
              (((first + image) * inHeight + inRow) * inWidth + shift) * inChannels + channel;
            for (let column = start; column < end; column++) {
              to[target + column] = from[source + column * strideWidth * inChannels]!;
            }
          }
        }
      }
    }
  }
  return tf.engine().makeTensorFromTensorInfo(output) as tf.Tensor2D;
}
