import { at } from './arithmetic';
import { endOutput, firstOutput } from './windows';

/** A grid, [batch, depth, height, width, channels], placed in another one of the same batch. */
@unmanaged
export class Placement {
  batch: i32;
  channels: i32;
  fromDepth: i32;
  fromHeight: i32;
  fromWidth: i32;
  toDepth: i32;
  toHeight: i32;
  toWidth: i32;
  offsetDepth: i32;
  offsetHeight: i32;
  offsetWidth: i32;
  strideDepth: i32;
  strideHeight: i32;
  strideWidth: i32;

  /** Size of the grid that is written. */
  @inline
  get bytes(): usize {
    const cells = this.batch * this.toDepth * this.toHeight * this.toWidth;
    return (<usize>(cells * this.channels)) << 2;
  }
}

/** Writes zeros to a grid and copies another into it: cell i of an axis to offset + i·stride. */
export function placeOnGrid(from: usize, to: usize, shape: Placement): void {
  const channels = shape.channels;
  const toImage = shape.toDepth * shape.toHeight * shape.toWidth * channels;
  const firstD = firstOutput(shape.offsetDepth, shape.strideDepth);
  const endD = endOutput(shape.offsetDepth, shape.strideDepth, shape.toDepth, shape.fromDepth);
  const firstH = firstOutput(shape.offsetHeight, shape.strideHeight);
  const endH = endOutput(shape.offsetHeight, shape.strideHeight, shape.toHeight, shape.fromHeight);
  const first = firstOutput(shape.offsetWidth, shape.strideWidth);
  const end = endOutput(shape.offsetWidth, shape.strideWidth, shape.toWidth, shape.fromWidth);
  memory.fill(to, 0, shape.bytes);
  if (first >= end) return;
  for (let image = 0; image < shape.batch; image++) {
    for (let d = firstD; d < endD; d++) {
      const toD = shape.offsetDepth + d * shape.strideDepth;
      for (let h = firstH; h < endH; h++) {
        const toH = shape.offsetHeight + h * shape.strideHeight;
        const toW = shape.offsetWidth + first * shape.strideWidth;
        copyRow(
          at(from, ((d * shape.fromHeight + h) * shape.fromWidth + first) * channels),
          at(to, ((toD * shape.toHeight + toH) * shape.toWidth + toW) * channels),
          end - first,
          channels,
          shape.strideWidth,
        );
      }
    }
    from += (<usize>(shape.fromDepth * shape.fromHeight * shape.fromWidth * channels)) << 2;
    to += (<usize>toImage) << 2;
  }
}

function copyRow(from: usize, to: usize, pixels: i32, channels: i32, stride: i32): void {
  if (stride === 1) {
    memory.copy(to, from, (<usize>(pixels * channels)) << 2);
    return;
  }
  for (let pixel = 0; pixel < pixels; pixel++) {
    let c = 0;
    for (; c + 4 <= channels; c += 4) v128.store(at(to, c), v128.load(at(from, c)));
    for (; c < channels; c++) store<f32>(at(to, c), load<f32>(at(from, c)));
    from += (<usize>channels) << 2;
    to += (<usize>(channels * stride)) << 2;
  }
}
