import { addTo, at, endOutput, firstOutput } from './windows';

/** Rows of dy of this many floats are summed before they are added to the result. */
const BAND_FLOATS = 8192;

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
 * Writes a convolution's gradient for its filter, [height, width, in, out], from x and dy. Images
 * come in bands of rows, which stay in the cache for all taps and channels and whose sums are then
 * added up: so rounding errors grow with the size of a band rather than with that of the batch.
 */
export function convolutionFilterGradient(
  x: usize,
  dy: usize,
  filter: usize,
  shape: Convolution,
): void {
  const taps = shape.filterHeight * shape.filterWidth;
  memory.fill(filter, 0, (<usize>(taps * shape.inChannels * shape.outChannels)) << 2);
  const band = max(1, BAND_FLOATS / (shape.outWidth * shape.outChannels));
  for (let image = 0; image < shape.batch; image++) {
    for (let row = 0; row < shape.outHeight; row += band) {
      addBand(x, dy, filter, shape, row, min(shape.outHeight, row + band));
    }
    x += (<usize>(shape.inHeight * shape.inWidth * shape.inChannels)) << 2;
    dy += (<usize>(shape.outHeight * shape.outWidth * shape.outChannels)) << 2;
  }
}

/** Adds what the rows from `start` to `end` of one image's dy contribute. */
function addBand(
  x: usize,
  dy: usize,
  filter: usize,
  shape: Convolution,
  start: i32,
  end: i32,
): void {
  const inChannels = shape.inChannels;
  const outChannels = shape.outChannels;
  for (let tapRow = 0; tapRow < shape.filterHeight; tapRow++) {
    const down = tapRow * shape.dilationHeight - shape.padTop;
    const firstRow = max(start, firstOutput(down, shape.strideHeight));
    const rows = min(end, endOutput(down, shape.strideHeight, shape.inHeight, end)) - firstRow;
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
          filter,
        );
      }
      filter += (<usize>(inChannels * outChannels)) << 2;
    }
  }
}

/** Adds the products of x and dy over `rows` by `columns` pixels to one tap, [in, out]. */
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
  let i = 0;
  for (; i + 4 <= inChannels; i += 4) {
    let o = 0;
    for (; o + 8 <= outChannels; o += 8) {
      add4By8(
        at(x, i),
        at(dy, o),
        rows,
        columns,
        xRow,
        xColumn,
        dyRow,
        outChannels,
        at(tap, i * outChannels + o),
      );
    }
    for (let k = i; o < outChannels && k < i + 4; k++) {
      addOne(x, dy, rows, columns, xRow, xColumn, dyRow, outChannels, tap, k, o);
    }
  }
  for (; i < inChannels; i++) {
    addOne(x, dy, rows, columns, xRow, xColumn, dyRow, outChannels, tap, i, 0);
  }
}

/** Adds the products of four channels of x with eight of dy. */
function add4By8(
  x: usize,
  dy: usize,
  rows: i32,
  columns: i32,
  xRow: usize,
  xColumn: usize,
  dyRow: usize,
  outChannels: i32,
  result: usize,
): void {
  const step = (<usize>outChannels) << 2;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (let row = 0; row < rows; row++) {
    let p = x;
    let q = dy;
    for (let column = 0; column < columns; column++) {
      const g0 = v128.load(q);
      const g1 = v128.load(q, 16);
      const a = v128.load32_splat(p);
      a0 = f32x4.add(a0, f32x4.mul(a, g0));
      a1 = f32x4.add(a1, f32x4.mul(a, g1));
      const b = v128.load32_splat(p, 4);
      b0 = f32x4.add(b0, f32x4.mul(b, g0));
      b1 = f32x4.add(b1, f32x4.mul(b, g1));
      const c = v128.load32_splat(p, 8);
      c0 = f32x4.add(c0, f32x4.mul(c, g0));
      c1 = f32x4.add(c1, f32x4.mul(c, g1));
      const d = v128.load32_splat(p, 12);
      d0 = f32x4.add(d0, f32x4.mul(d, g0));
      d1 = f32x4.add(d1, f32x4.mul(d, g1));
      p += xColumn;
      q += step;
    }
    x += xRow;
    dy += dyRow;
  }
  addTo(result, a0);
  addTo(result + 16, a1);
  result += step;
  addTo(result, b0);
  addTo(result + 16, b1);
  result += step;
  addTo(result, c0);
  addTo(result + 16, c1);
  result += step;
  addTo(result, d0);
  addTo(result + 16, d1);
}

/** Adds the products of channel `i` of x with the channels of dy from `o` on. */
function addOne(
  x: usize,
  dy: usize,
  rows: i32,
  columns: i32,
  xRow: usize,
  xColumn: usize,
  dyRow: usize,
  outChannels: i32,
  tap: usize,
  i: i32,
  o: i32,
): void {
  const step = (<usize>outChannels) << 2;
  for (; o + 16 <= outChannels; o += 16) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let row = 0; row < rows; row++) {
      let p = at(x, i) + <usize>row * xRow;
      let q = at(dy, o) + <usize>row * dyRow;
      for (let column = 0; column < columns; column++) {
        const value = v128.load32_splat(p);
        s0 = f32x4.add(s0, f32x4.mul(value, v128.load(q)));
        s1 = f32x4.add(s1, f32x4.mul(value, v128.load(q, 16)));
        s2 = f32x4.add(s2, f32x4.mul(value, v128.load(q, 32)));
        s3 = f32x4.add(s3, f32x4.mul(value, v128.load(q, 48)));
        p += xColumn;
        q += step;
      }
    }
    const result = at(tap, i * outChannels + o);
    addTo(result, s0);
    addTo(result + 16, s1);
    addTo(result + 32, s2);
    addTo(result + 48, s3);
  }
  for (; o + 4 <= outChannels; o += 4) {
    let sum = f32x4.splat(0);
    for (let row = 0; row < rows; row++) {
      let p = at(x, i) + <usize>row * xRow;
      let q = at(dy, o) + <usize>row * dyRow;
      for (let column = 0; column < columns; column++) {
        sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(p), v128.load(q)));
        p += xColumn;
        q += step;
      }
    }
    addTo(at(tap, i * outChannels + o), sum);
  }
  for (; o < outChannels; o++) {
    let sum: f32 = 0;
    for (let row = 0; row < rows; row++) {
      let p = at(x, i) + <usize>row * xRow;
      let q = at(dy, o) + <usize>row * dyRow;
      for (let column = 0; column < columns; column++) {
        sum += load<f32>(p) * load<f32>(q);
        p += xColumn;
        q += step;
      }
    }
    const result = at(tap, i * outChannels + o);
    store<f32>(result, load<f32>(result) + sum);
  }
}
