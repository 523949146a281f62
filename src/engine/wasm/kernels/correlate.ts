import { at, multiplyAdd } from './arithmetic';
import { placeOnGrid, Placement } from './grid';
import { Lattice, PANEL, PANEL_BYTES, TILE, TILE_BYTES } from './lattice';
import { scratch } from './scratch';
import { copyFloats, unfold, unfoldedPitch } from './unfold';

/** Floats of pixels that are unfolded at one time, so that they stay in the nearest cache. */
const BAND_FLOATS = 4096;

/**
 * Writes every pixel of `images` images: the products of its runs of floats in x with the weights
 * of its lattice. Images of x are first placed on a grid with margins where there is a `placement`
 * (else 0); `lattices` follow each other in memory. Needs scratch memory for a tile, a grid and a band.
 */
export function correlate(
  x: usize,
  y: usize,
  images: i32,
  inImage: i32,
  outImage: i32,
  placement: Placement,
  lattices: usize,
  count: i32,
): void {
  const isPlaced = changetype<usize>(placement) !== 0;
  const grid = scratch + TILE_BYTES;
  const band = isPlaced ? grid + placement.bytes : grid;
  for (let image = 0; image < images; image++) {
    let from = x;
    if (isPlaced) {
      from = grid;
      placeOnGrid(x, from, placement);
    }
    let lattice = changetype<Lattice>(lattices);
    for (let k = 0; k < count; k++) {
      correlateImage(at(from, lattice.inOffset), at(y, lattice.outOffset), lattice, band);
      lattice = changetype<Lattice>(lattice.end);
    }
    x = at(x, inImage);
    y = at(y, outImage);
  }
}

function correlateImage(x: usize, y: usize, lattice: Lattice, band: usize): void {
  const pixels = lattice.pixels;
  const length = lattice.length;
  if (lattice.isUnfolded) {
    correlatePixels(at(x, load<i32>(lattice.firstRun)), lattice.inColumn, y, lattice, 0, pixels);
    return;
  }
  const pitch = unfoldedPitch(length);
  const most = max(1, BAND_FLOATS / (TILE * pitch)) * TILE;
  for (let first = 0; first < pixels; first += most) {
    const count = min(most, pixels - first);
    unfold(x, lattice, first, count, band, pitch);
    correlatePixels(band, pitch, y, lattice, first, count);
  }
}

/** Writes `count` pixels from `first` on, whose floats lie unfolded in rows of x. */
function correlatePixels(
  x: usize,
  pitch: i32,
  y: usize,
  lattice: Lattice,
  first: i32,
  count: i32,
): void {
  const length = lattice.length;
  const panelBytes = (<usize>(length * PANEL)) << 2;
  const row = (<usize>pitch) << 2;
  const rest = lattice.channels % PANEL;
  const tile = scratch;
  const isDense = lattice.isDense;
  const pixel = (<usize>lattice.outColumn) << 2;
  for (let left = count; left > 0; left -= TILE) {
    // Beyond the last pixel, the tile repeats it.
    const last = min(left, TILE) - 1;
    const x1 = x + <usize>min(1, last) * row;
    const x2 = x + <usize>min(2, last) * row;
    const x3 = x + <usize>min(3, last) * row;
    const x4 = x + <usize>min(4, last) * row;
    const x5 = x + <usize>min(5, last) * row;
    let y0 = at(y, first * lattice.outColumn);
    let y1 = y0 + <usize>min(1, last) * pixel;
    let y2 = y0 + <usize>min(2, last) * pixel;
    let y3 = y0 + <usize>min(3, last) * pixel;
    let y4 = y0 + <usize>min(4, last) * pixel;
    let y5 = y0 + <usize>min(5, last) * pixel;
    if (!isDense) {
      y0 = lattice.outputOf(y, first);
      y1 = lattice.outputOf(y, first + min(1, last));
      y2 = lattice.outputOf(y, first + min(2, last));
      y3 = lattice.outputOf(y, first + min(3, last));
      y4 = lattice.outputOf(y, first + min(4, last));
      y5 = lattice.outputOf(y, first + min(5, last));
    }
    let weights = lattice.weights;
    for (let c = lattice.channels; c >= PANEL; c -= PANEL) {
      multiplyTile(x, x1, x2, x3, x4, x5, weights, length, y0, y1, y2, y3, y4, y5);
      weights += panelBytes;
      y0 += PANEL_BYTES;
      y1 += PANEL_BYTES;
      y2 += PANEL_BYTES;
      y3 += PANEL_BYTES;
      y4 += PANEL_BYTES;
      y5 += PANEL_BYTES;
    }
    if (rest > 0) {
      const t1 = tile + PANEL_BYTES;
      const t2 = t1 + PANEL_BYTES;
      const t3 = t2 + PANEL_BYTES;
      const t4 = t3 + PANEL_BYTES;
      const t5 = t4 + PANEL_BYTES;
      multiplyTile(x, x1, x2, x3, x4, x5, weights, length, tile, t1, t2, t3, t4, t5);
      copyFloats(tile, y0, rest);
      copyFloats(t1, y1, rest);
      copyFloats(t2, y2, rest);
      copyFloats(t3, y3, rest);
      copyFloats(t4, y4, rest);
      copyFloats(t5, y5, rest);
    }
    x += TILE * row;
    first += TILE;
  }
}

/**
 * Writes PANEL products of each of six rows of `length` floats with a panel of weights. It is
 * exported only to stay a function of its own, which ends with plain stores: in any other form V8
 * does not keep the sums in registers, which halves the speed.
 */
export function multiplyTile(
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  x4: usize,
  x5: usize,
  weights: usize,
  length: i32,
  y0: usize,
  y1: usize,
  y2: usize,
  y3: usize,
  y4: usize,
  y5: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  let e0 = a0;
  let e1 = a0;
  let f0 = a0;
  let f1 = a0;
  const end = at(x0, length);
  while (x0 < end) {
    const w0 = v128.load(weights);
    const w1 = v128.load(weights, 16);
    const a = v128.load32_splat(x0);
    a0 = multiplyAdd(a, w0, a0);
    a1 = multiplyAdd(a, w1, a1);
    const b = v128.load32_splat(x1);
    b0 = multiplyAdd(b, w0, b0);
    b1 = multiplyAdd(b, w1, b1);
    const c = v128.load32_splat(x2);
    c0 = multiplyAdd(c, w0, c0);
    c1 = multiplyAdd(c, w1, c1);
    const d = v128.load32_splat(x3);
    d0 = multiplyAdd(d, w0, d0);
    d1 = multiplyAdd(d, w1, d1);
    const e = v128.load32_splat(x4);
    e0 = multiplyAdd(e, w0, e0);
    e1 = multiplyAdd(e, w1, e1);
    const f = v128.load32_splat(x5);
    f0 = multiplyAdd(f, w0, f0);
    f1 = multiplyAdd(f, w1, f1);
    weights += 4 * PANEL;
    x0 += 4;
    x1 += 4;
    x2 += 4;
    x3 += 4;
    x4 += 4;
    x5 += 4;
  }
  v128.store(y0, a0);
  v128.store(y0, a1, 16);
  v128.store(y1, b0);
  v128.store(y1, b1, 16);
  v128.store(y2, c0);
  v128.store(y2, c1, 16);
  v128.store(y3, d0);
  v128.store(y3, d1, 16);
  v128.store(y4, e0);
  v128.store(y4, e1, 16);
  v128.store(y5, f0);
  v128.store(y5, f1, 16);
}
