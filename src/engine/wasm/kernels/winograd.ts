import { at, multiplyAdd } from './arithmetic';
import { correlate, correlatePixels } from './correlate';
import { placeOnGrid, Placement } from './grid';
import { Lattice, PANEL, TILE_BYTES } from './lattice';
import { scratch } from './scratch';
import { unfoldedPitch } from './unfold';

/** Values of a transformed patch: 4×4 inputs make 2×2 outputs. */
export const VALUES = 16;

/**
 * Does the same as {@link correlate} for a lattice of 3×3 runs of neighbouring pixels, with fewer
 * multiplications: Winograd's F(2×2, 3×3) (Lavin & Gray 2016, section 4.1). A patch of 2×2 pixels
 * takes 16 products of every input channel with every output channel instead of 36; `products` are
 * as many lattices, one for each value of a patch, with transformed weights. The transforms would
 * spread a value that is not finite, so {@link correlate} computes every group of `group` images in
 * which one comes out. `band` rows of patches are transformed at one time. Needs 4 channels or more
 * on both sides, a grid with room for whole patches, and scratch memory for a tile, the grids of a
 * group and a band of both sides.
 */
export function correlatePatches(
  x: usize,
  y: usize,
  images: i32,
  inImage: i32,
  outImage: i32,
  placement: Placement,
  lattice: Lattice,
  products: Lattice,
  group: i32,
  band: i32,
): void {
  const isPlaced = changetype<usize>(placement) !== 0;
  for (let left = images; left > 0; left -= group) {
    const count = min(group, left);
    let from = x;
    let memory = scratch + TILE_BYTES;
    if (isPlaced) {
      from = memory;
      for (let image = 0; image < count; image++) {
        placeOnGrid(at(x, image * inImage), memory, placement);
        memory += placement.bytes;
      }
    }
    const gridImage = isPlaced ? <i32>(placement.bytes >> 2) : inImage;
    if (!correlateGroup(from, y, count, gridImage, outImage, lattice, products, band, memory)) {
      const lattices = changetype<usize>(lattice);
      correlate(x, y, count, inImage, outImage, placement, lattices, 1);
    }
    x = at(x, count * inImage);
    y = at(y, count * outImage);
  }
}

/** Returns whether all outputs are finite. */
function correlateGroup(
  x: usize,
  y: usize,
  images: i32,
  inImage: i32,
  outImage: i32,
  lattice: Lattice,
  products: Lattice,
  band: i32,
  memory: usize,
): bool {
  const columns = patchesAcross(lattice.columns);
  const rows = images * patchesAcross(lattice.rows);
  const channels = products.inColumn;
  const pitch = products.outColumn;
  const inPlane = unfoldedPitch(band * columns * channels);
  const outPlane = unfoldedPitch(band * columns * pitch);
  const sums = at(memory, VALUES * inPlane);
  let poison = f32x4.splat(0);
  for (let first = 0; first < rows; first += band) {
    const end = min(first + band, rows);
    transformInputs(x, inImage, lattice, first, end, memory, inPlane, channels);
    let product = products;
    for (let value = 0; value < VALUES; value++) {
      const from = at(memory, value * inPlane);
      const to = at(sums, value * outPlane);
      correlatePixels(from, channels, to, product, 0, (end - first) * columns);
      product = changetype<Lattice>(product.end);
    }
    poison = transformOutputs(sums, outPlane, pitch, y, outImage, lattice, first, end, poison);
  }
  return !v128.any_true(f32x4.ne(poison, f32x4.splat(0)));
}

/** Patches that cover so many pixels. */
export function patchesAcross(pixels: i32): i32 {
  return (pixels + 1) / 2;
}

/**
 * Writes the values Bᵀ·d·B of rows of patches, counted through all images, to planes of
 * [patch, channels].
 */
export function transformInputs(
  x: usize,
  inImage: i32,
  lattice: Lattice,
  first: i32,
  end: i32,
  values: usize,
  plane: i32,
  channels: i32,
): void {
  const byRow = (<usize>lattice.inRow) << 2;
  const byColumn = (<usize>lattice.inColumn) << 2;
  const rows = patchesAcross(lattice.rows);
  const columns = patchesAcross(lattice.columns);
  x = at(x, lattice.inOffset + load<i32>(lattice.firstRun));
  for (let row = first; row < end; row++) {
    const image = row / rows;
    let d = at(x, image * inImage) + <usize>(2 * (row - image * rows)) * byRow;
    for (let column = 0; column < columns; column++) {
      transformInput(d, byRow, byColumn, channels, values, (<usize>plane) << 2);
      d += 2 * byColumn;
      values = at(values, channels);
    }
  }
}

function transformInput(
  x: usize,
  byRow: usize,
  byColumn: usize,
  channels: i32,
  values: usize,
  plane: usize,
): void {
  for (let channel = 0; channel < channels; channel += 4) {
    // The last four channels may overlap those before.
    const place = min(channel, channels - 4);
    const a = at(x, place);
    const b = a + byRow;
    const b0 = v128.load(b);
    const b1 = v128.load(b + byColumn);
    const b2 = v128.load(b + 2 * byColumn);
    const b3 = v128.load(b + 3 * byColumn);
    const c = b + byRow;
    const c0 = v128.load(c);
    const c1 = v128.load(c + byColumn);
    const c2 = v128.load(c + 2 * byColumn);
    const c3 = v128.load(c + 3 * byColumn);
    const d = c + byRow;
    let to = at(values, place);
    storeInputs(
      f32x4.sub(v128.load(a), c0),
      f32x4.sub(v128.load(a + byColumn), c1),
      f32x4.sub(v128.load(a + 2 * byColumn), c2),
      f32x4.sub(v128.load(a + 3 * byColumn), c3),
      to,
      plane,
    );
    to += 4 * plane;
    storeInputs(
      f32x4.add(b0, c0),
      f32x4.add(b1, c1),
      f32x4.add(b2, c2),
      f32x4.add(b3, c3),
      to,
      plane,
    );
    to += 4 * plane;
    storeInputs(
      f32x4.sub(c0, b0),
      f32x4.sub(c1, b1),
      f32x4.sub(c2, b2),
      f32x4.sub(c3, b3),
      to,
      plane,
    );
    to += 4 * plane;
    storeInputs(
      f32x4.sub(b0, v128.load(d)),
      f32x4.sub(b1, v128.load(d + byColumn)),
      f32x4.sub(b2, v128.load(d + 2 * byColumn)),
      f32x4.sub(b3, v128.load(d + 3 * byColumn)),
      to,
      plane,
    );
  }
}

/** Writes one row of Bᵀ·d, times B. */
function storeInputs(d0: v128, d1: v128, d2: v128, d3: v128, to: usize, plane: usize): void {
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + plane, f32x4.add(d1, d2));
  v128.store(to + 2 * plane, f32x4.sub(d2, d1));
  v128.store(to + 3 * plane, f32x4.sub(d1, d3));
}

/**
 * Writes the pixels Aᵀ·m·A of rows of patches from planes of [patch, `pitch`]. Returns `poison`,
 * which becomes NaN where one is not finite.
 */
function transformOutputs(
  m: usize,
  plane: i32,
  pitch: i32,
  y: usize,
  outImage: i32,
  lattice: Lattice,
  first: i32,
  end: i32,
  poison: v128,
): v128 {
  const rows = patchesAcross(lattice.rows);
  const columns = patchesAcross(lattice.columns);
  const byColumn = (<usize>lattice.outColumn) << 2;
  for (let patchRow = first; patchRow < end; patchRow++) {
    const image = patchRow / rows;
    const row = 2 * (patchRow - image * rows);
    // The last row or column of patches may have one of pixels.
    const byRow = row + 1 < lattice.rows ? (<usize>lattice.outRow) << 2 : 0;
    let to = at(y, lattice.outOffset + image * outImage + row * lattice.outRow);
    for (let column = 0; column < columns; column++) {
      const right = 2 * column + 1 < lattice.columns ? byColumn : 0;
      poison = transformOutput(m, (<usize>plane) << 2, to, byRow, right, lattice.channels, poison);
      m = at(m, pitch);
      to += 2 * byColumn;
    }
  }
  return poison;
}

function transformOutput(
  m: usize,
  plane: usize,
  y: usize,
  byRow: usize,
  byColumn: usize,
  channels: i32,
  poison: v128,
): v128 {
  const zero = f32x4.splat(0);
  for (let channel = 0; channel < channels; channel += 4) {
    const place = min(channel, channels - 4);
    let from = at(m, place);
    let first = v128.load(from + plane);
    let second = v128.load(from + 2 * plane);
    const a0 = f32x4.add(v128.load(from), f32x4.add(first, second));
    const a1 = f32x4.sub(f32x4.sub(first, second), v128.load(from + 3 * plane));
    from += 4 * plane;
    first = v128.load(from + plane);
    second = v128.load(from + 2 * plane);
    const b0 = f32x4.add(v128.load(from), f32x4.add(first, second));
    const b1 = f32x4.sub(f32x4.sub(first, second), v128.load(from + 3 * plane));
    from += 4 * plane;
    first = v128.load(from + plane);
    second = v128.load(from + 2 * plane);
    const c0 = f32x4.add(v128.load(from), f32x4.add(first, second));
    const c1 = f32x4.sub(f32x4.sub(first, second), v128.load(from + 3 * plane));
    from += 4 * plane;
    first = v128.load(from + plane);
    second = v128.load(from + 2 * plane);
    const d0 = f32x4.add(v128.load(from), f32x4.add(first, second));
    const d1 = f32x4.sub(f32x4.sub(first, second), v128.load(from + 3 * plane));
    const y00 = f32x4.add(a0, f32x4.add(b0, c0));
    const y01 = f32x4.add(a1, f32x4.add(b1, c1));
    const y10 = f32x4.sub(f32x4.sub(b0, c0), d0);
    const y11 = f32x4.sub(f32x4.sub(b1, c1), d1);
    poison = multiplyAdd(y00, zero, poison);
    poison = multiplyAdd(y01, zero, poison);
    poison = multiplyAdd(y10, zero, poison);
    poison = multiplyAdd(y11, zero, poison);
    // What a patch has beyond the image is overwritten by what it has within.
    const to = at(y, place);
    v128.store(to + byRow + byColumn, y11);
    v128.store(to + byRow, y10);
    v128.store(to + byColumn, y01);
    v128.store(to, y00);
  }
  return poison;
}

/**
 * Writes the weights G·g·Gᵀ of 3×3 taps, which lie as {@link correlate} reads them: `panels` panels
 * of [tap, `rows`, PANEL]. The result is planes, `plane` floats apart, of [panel, `rows`, PANEL].
 */
export function transformWeights(
  taps: usize,
  rows: i32,
  panels: i32,
  weights: usize,
  plane: i32,
): void {
  const byTap = (<usize>(rows * PANEL)) << 2;
  const byPlane = (<usize>plane) << 2;
  for (let panel = 0; panel < panels; panel++) {
    for (const end = taps + byTap; taps < end; taps += 16) {
      let from = taps;
      const a0 = v128.load(from);
      const a1 = v128.load(from + byTap);
      const a2 = v128.load(from + 2 * byTap);
      from += 3 * byTap;
      const b0 = v128.load(from);
      const b1 = v128.load(from + byTap);
      const b2 = v128.load(from + 2 * byTap);
      from += 3 * byTap;
      const c0 = v128.load(from);
      const c1 = v128.load(from + byTap);
      const c2 = v128.load(from + 2 * byTap);
      storeWeights(a0, a1, a2, weights, byPlane);
      storeWeights(
        halfSum(a0, b0, c0),
        halfSum(a1, b1, c1),
        halfSum(a2, b2, c2),
        weights + 4 * byPlane,
        byPlane,
      );
      storeWeights(
        halfAlternatingSum(a0, b0, c0),
        halfAlternatingSum(a1, b1, c1),
        halfAlternatingSum(a2, b2, c2),
        weights + 8 * byPlane,
        byPlane,
      );
      storeWeights(c0, c1, c2, weights + 12 * byPlane, byPlane);
      weights += 16;
    }
    taps += 8 * byTap;
  }
}

/** Writes one row of G·g, times Gᵀ. */
function storeWeights(a: v128, b: v128, c: v128, to: usize, plane: usize): void {
  v128.store(to, a);
  v128.store(to + plane, halfSum(a, b, c));
  v128.store(to + 2 * plane, halfAlternatingSum(a, b, c));
  v128.store(to + 3 * plane, c);
}

function halfSum(a: v128, b: v128, c: v128): v128 {
  return f32x4.mul(f32x4.splat(0.5), f32x4.add(f32x4.add(a, c), b));
}

function halfAlternatingSum(a: v128, b: v128, c: v128): v128 {
  return f32x4.mul(f32x4.splat(0.5), f32x4.sub(f32x4.add(a, c), b));
}
