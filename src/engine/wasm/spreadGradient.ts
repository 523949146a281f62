import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { placeOnGrid } from './placeOnGrid.ts';

/**
 * Spreads a convolution's output gradient dy, [batch, outHeight, outWidth, channels], out by the
 * strides and pads it, so that a stride 1 'valid' convolution of the result with a filter of the
 * same size and dilation has the height and width of the convolution's input.
 */
export function spreadGradient(
  dy: tf.Tensor,
  info: tf.backend_util.Conv2DInfo,
  backend: BackendWasm,
): tf.Tensor4D {
  const [batch = 0, height = 0, width = 0, channels = 0] = dy.shape;
  const reachHeight = info.effectiveFilterHeight - 1;
  const reachWidth = info.effectiveFilterWidth - 1;
  const { top, left } = info.padInfo;
  const spreadHeight = info.inHeight + reachHeight;
  const spreadWidth = info.inWidth + reachWidth;
  const spread = placeOnGrid(tf.reshape(dy, [batch, 1, height, width, channels]), backend, {
    size: [1, spreadHeight, spreadWidth],
    offset: [0, reachHeight - top, reachWidth - left],
    stride: [1, info.strideHeight, info.strideWidth],
  });
  return tf.reshape(spread, [batch, spreadHeight, spreadWidth, channels]);
}
