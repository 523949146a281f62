import * as tf from '@tensorflow/tfjs';
import { placeOnGrid } from './placeOnGrid.ts';
import type { SimdHeap } from './simdHeap.ts';

/** Padding of height and width as TensorFlow.js takes it. */
type Padding = [[0, 0], [top: number, bottom: number], [left: number, right: number], [0, 0]];

/**
 * Spreads a convolution's output gradient dy, [batch, outHeight, outWidth, channels], out by the
 * strides, and says how to pad it, so that a stride 1 convolution of the result with a filter of
 * the same size and dilation has the height and width of the convolution's input.
 */
export function spreadGradient(
  dy: tf.Tensor,
  info: tf.backend_util.Conv2DInfo,
  heap: SimdHeap,
): { readonly spread: tf.Tensor4D; readonly padding: Padding } {
  const [batch = 0, height = 0, width = 0, channels = 0] = dy.shape;
  const reachHeight = info.effectiveFilterHeight - 1;
  const reachWidth = info.effectiveFilterWidth - 1;
  const { top, bottom, left, right } = info.padInfo;
  const margins = [reachHeight - top, reachHeight - bottom, reachWidth - left, reachWidth - right];
  if (info.strideHeight === 1 && info.strideWidth === 1 && Math.min(...margins) >= 0) {
    const [above = 0, below = 0, before = 0, after = 0] = margins;
    return {
      spread: dy as tf.Tensor4D,
      padding: [
        [0, 0],
        [above, below],
        [before, after],
        [0, 0],
      ],
    };
  }
  const spreadHeight = info.inHeight + reachHeight;
  const spreadWidth = info.inWidth + reachWidth;
  const spread = placeOnGrid(tf.reshape(dy, [batch, 1, height, width, channels]), heap, {
    size: [1, spreadHeight, spreadWidth],
    offset: [0, reachHeight - top, reachWidth - left],
    stride: [1, info.strideHeight, info.strideWidth],
  });
  return {
    spread: tf.reshape(spread, [batch, spreadHeight, spreadWidth, channels]),
    padding: [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  };
}
