import { at } from './arithmetic';
import { addTo, endOutput, firstOutput } from './windows';

/** A 2-D convolution, as `convolutionGeometry` describes it. */
@unmanaged
export class Convolution {
  batch: i32;
  inHeight: i32;
  inWidth: i32;
  inChannels: i32;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  filterHeight: i32;
  filterWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  padTop: i32;
  padLeft: i32;
}

/**
 * Writes a depthwise convolution's gradient for its filter, [height, width, in, multiplier], from x
 * and dy; the sums over each image are added up, as for an ordinary convolution.
 */
export function depthwiseFilterGradient(
  x: usize,
  dy: usize,
  filter: usize,
  shape: Convolution,
): void {
  const inChannels = shape.inChannels;
  const outChannels = shape.outChannels;
  memory.fill(filter, 0, (<usize>(shape.filterHeight * shape.filterWidth * outChannels)) << 2);
  for (let image = 0; image < shape.batch; image++) {
    let tap = filter;
    for (let tapRow = 0; tapRow < shape.filterHeight; tapRow++) {
      const down = tapRow * shape.dilationHeight - shape.padTop;
      const firstRow = firstOutput(down, shape.strideHeight);
      const rows = endOutput(down, shape.strideHeight, shape.inHeight, shape.outHeight) - firstRow;
      for (let tapColumn = 0; tapColumn < shape.filterWidth; tapColumn++) {
        const right = tapColumn * shape.dilationWidth - shape.padLeft;
        const first = firstOutput(right, shape.strideWidth);
        const columns = endOutput(right, shape.strideWidth, shape.inWidth, shape.outWidth) - first;
        if (rows > 0 && columns > 0) {
          const inRow = firstRow * shape.strideHeight + down;
          const inColumn = first * shape.strideWidth + right;
          addTap(
            at(x, (inRow * shape.inWidth + inColumn) * inChannels),
            at(dy, (firstRow * shape.outWidth + first) * outChannels),
            rows,
            columns,
            (<usize>(shape.strideHeight * shape.inWidth * inChannels)) << 2,
            (<usize>(shape.strideWidth * inChannels)) << 2,
            (<usize>(shape.outWidth * outChannels)) << 2,
            inChannels,
            outChannels,
            tap,
          );
        }
        tap += (<usize>outChannels) << 2;
      }
    }
    x += (<usize>(shape.inHeight * shape.inWidth * inChannels)) << 2;
    dy += (<usize>(shape.outHeight * shape.outWidth * outChannels)) << 2;
  }
}

/** Adds the products of x and dy over `rows` by `columns` pixels to one tap, [in, multiplier]. */
function addTap(
  x: usize,
  dy: usize,
  rows: i32,
  columns: i32,
  xRow: usize,
  xColumn: usize,
  dyRow: usize,
  inChannels: i32,
  outChannels: i32,
  tap: usize,
): void {
  const step = (<usize>outChannels) << 2;
  const multiplier = outChannels / inChannels;
  let o = 0;
  if (multiplier === 1) {
    for (; o + 8 <= outChannels; o += 8) {
      let s0 = f32x4.splat(0);
      let s1 = s0;
      for (let row = 0; row < rows; row++) {
        let p = at(x, o) + <usize>row * xRow;
        let q = at(dy, o) + <usize>row * dyRow;
        for (let column = 0; column < columns; column++) {
          s0 = f32x4.add(s0, f32x4.mul(v128.load(p), v128.load(q)));
          s1 = f32x4.add(s1, f32x4.mul(v128.load(p, 16), v128.load(q, 16)));
          p += xColumn;
          q += step;
        }
      }
      addTo(at(tap, o), s0);
      addTo(at(tap, o + 4), s1);
    }
  }
  for (; o < outChannels; o++) {
    let sum: f32 = 0;
    for (let row = 0; row < rows; row++) {
      let p = at(x, o / multiplier) + <usize>row * xRow;
      let q = at(dy, o) + <usize>row * dyRow;
      for (let column = 0; column < columns; column++) {
        sum += load<f32>(p) * load<f32>(q);
        p += xColumn;
        q += step;
      }
    }
    store<f32>(at(tap, o), load<f32>(at(tap, o)) + sum);
  }
}
