import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { floats } from './kernel.ts';

/** Depth, height and width. */
export type Extent = readonly [depth: number, height: number, width: number];

/**
 * Copies x, [batch, depth, height, width, channels], into a zero grid of another size: cell i of an
 * axis goes to `offset + i * stride` and is left out where that lies outside. So one pass pads,
 * crops and spreads out. Returns [batch, ...size, channels]; a gradient of tensors does not see it.
 */
export function placeOnGrid(
  x: tf.Tensor,
  backend: BackendWasm,
  grid: { readonly size: Extent; readonly offset: Extent; readonly stride: Extent },
): tf.Tensor5D {
  const [batch, depth, height, width, channels] = x.shape as tf.Tensor5D['shape'];
  const [toDepth, toHeight, toWidth] = grid.size;
  const placed = backend.makeOutput([batch, ...grid.size, channels], 'float32');
  const from = floats(backend, x);
  const to = floats(backend, placed);
  to.fill(0);
  for (let image = 0; image < batch; image++) {
    for (let d = 0; d < depth; d++) {
      const toD = grid.offset[0] + d * grid.stride[0];
      if (toD < 0 || toD >= toDepth) continue;
      for (let h = 0; h < height; h++) {
        const toH = grid.offset[1] + h * grid.stride[1];
        if (toH < 0 || toH >= toHeight) continue;
        const fromRow = ((image * depth + d) * height + h) * width;
        const toRow = ((image * toDepth + toD) * toHeight + toH) * toWidth;
        for (let w = 0; w < width; w++) {
          const toW = grid.offset[2] + w * grid.stride[2];
          if (toW < 0 || toW >= toWidth) continue;
          const source = (fromRow + w) * channels;
          const target = (toRow + toW) * channels;
          for (let c = 0; c < channels; c++) to[target + c] = from[source + c]!;
        }
      }
    }
  }
  return tf.engine().makeTensorFromTensorInfo(placed) as tf.Tensor5D;
}
