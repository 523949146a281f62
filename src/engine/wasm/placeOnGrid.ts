import * as tf from '@tensorflow/tfjs';
import type { SimdHeap } from './simdHeap.ts';

/** Depth, height and width. */
export type Extent = readonly [depth: number, height: number, width: number];

/**
 * Copies x, [batch, depth, height, width, channels], into a zero grid of another size: cell i of an
 * axis goes to `offset + i * stride` and is left out where that lies outside. So one pass pads,
 * crops and spreads out. Returns [batch, ...size, channels]; a gradient of tensors does not see it.
 */
export function placeOnGrid(
  x: tf.Tensor,
  heap: SimdHeap,
  grid: { readonly size: Extent; readonly offset: Extent; readonly stride: Extent },
): tf.Tensor5D {
  const [batch, depth, height, width, channels] = x.shape as tf.Tensor5D['shape'];
  const placed = heap.backend.makeOutput([batch, ...grid.size, channels], 'float32');
  const sizes = [batch, channels, depth, height, width, ...grid.size];
  heap.lend(Int32Array.of(...sizes, ...grid.offset, ...grid.stride), (shape) => {
    heap.run([['placeOnGrid', heap.address(x), heap.address(placed), shape]]);
  });
  return tf.engine().makeTensorFromTensorInfo(placed) as tf.Tensor5D;
}
