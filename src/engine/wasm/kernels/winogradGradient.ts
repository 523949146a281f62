import { at, multiplyAdd } from './arithmetic';
import { placeOnGrid, Placement } from './grid';
import { Lattice, PANEL, TILE_BYTES } from './lattice';
import { scratch } from './scratch';
import { unfoldedPitch } from './unfold';
import { addRun, weightGradient } from './weightGradient';
import { patchesAcross, transformInputs, VALUES } from './winograd';

/**
 * Does the same as {@link weightGradient} for a lattice of 3×3 runs of neighbouring pixels, one image
 * or more, with fewer multiplications: the adjoint of `correlatePatches` for the weights,
 * Gᵀ·[Σ (A·dy·Aᵀ) ⊙ (Bᵀ·d·B)]·G over all patches. Where a value of it is not finite,
 * {@link weightGradient} computes all. `matrix` is a lattice of the transformed patches; `group` and
 * `band` are as there. Needs scratch memory for two tiles, the sums, the grids of a group and a band
 * of both sides.
 */
export function weightGradientByPatches(
  x: usize,
  dy: usize,
  images: i32,
  inImage: i32,
  outImage: i32,
  placement: Placement,
  lattice: Lattice,
  result: usize,
  width: i32,
  matrix: Lattice,
  group: i32,
  band: i32,
): void {
  const channels = matrix.inColumn;
  const columns = patchesAcross(lattice.columns);
  const sums = scratch + TILE_BYTES;
  const sumPlane = unfoldedPitch(channels * width);
  const values = at(sums, VALUES * sumPlane);
  const plane = unfoldedPitch(band * columns * channels);
  const gradients = at(values, VALUES * plane);
  const gradientPlane = unfoldedPitch(band * columns * width);
  const grids = at(gradients, VALUES * gradientPlane);
  const isPlaced = changetype<usize>(placement) !== 0;
  const gridImage = isPlaced ? <i32>(placement.bytes >> 2) : inImage;
  for (let image = 0; image < images; image += group) {
    const count = min(group, images - image);
    let from = at(x, image * inImage);
    if (isPlaced) {
      for (let k = 0; k < count; k++) {
        placeOnGrid(at(from, k * inImage), at(grids, k * gridImage), placement);
      }
      from = grids;
    }
    const pixels = at(dy, image * outImage);
    const rows = count * patchesAcross(lattice.rows);
    for (let first = 0; first < rows; first += band) {
      const end = min(first + band, rows);
      const patches = (end - first) * columns;
      transformInputs(from, gridImage, lattice, first, end, values, plane, channels);
      transformGradients(pixels, outImage, lattice, first, end, gradients, gradientPlane, patches);
      const isStart = image === 0 && first === 0;
      for (let value = 0; value < VALUES; value++) {
        addRun(
          at(values, value * plane),
          matrix,
          channels,
          patches,
          at(gradients, value * gradientPlane),
          patches,
          width / PANEL,
          at(sums, value * sumPlane),
          width,
          isStart,
        );
      }
    }
  }
  if (!transformSums(sums, sumPlane, channels * width, result)) {
    weightGradient(x, dy, images, inImage, outImage, placement, lattice, result, width);
  }
}

/**
 * Writes the values A·dy·Aᵀ of rows of patches, counted through all images, to planes of panels of
 * [patch, PANEL], in which channels that dy lacks are zero.
 */
function transformGradients(
  dy: usize,
  outImage: i32,
  lattice: Lattice,
  first: i32,
  end: i32,
  to: usize,
  plane: i32,
  patches: i32,
): void {
  const rows = patchesAcross(lattice.rows);
  const columns = patchesAcross(lattice.columns);
  const byColumn = (<usize>lattice.outColumn) << 2;
  const byPanel = (<usize>(patches * PANEL)) << 2;
  for (let patchRow = first; patchRow < end; patchRow++) {
    const image = patchRow / rows;
    const row = 2 * (patchRow - image * rows);
    const byRow = row + 1 < lattice.rows ? (<usize>lattice.outRow) << 2 : 0;
    let from = at(dy, image * outImage + row * lattice.outRow);
    for (let column = 0; column < columns; column++) {
      const right = 2 * column + 1 < lattice.columns ? byColumn : 0;
      transformGradient(from, byRow, right, lattice.channels, to, (<usize>plane) << 2, byPanel);
      from += 2 * byColumn;
      to = at(to, PANEL);
    }
  }
}

/** Where the patch has one row or column of pixels, `byRow` or `byColumn` is 0. */
function transformGradient(
  dy: usize,
  byRow: usize,
  byColumn: usize,
  channels: i32,
  to: usize,
  plane: usize,
  byPanel: usize,
): void {
  const below = i32x4.splat(byRow === 0 ? 0 : -1);
  const right = i32x4.splat(byColumn === 0 ? 0 : -1);
  for (; channels > 0; channels -= PANEL) {
    for (let half = 0; half < PANEL; half += 4) {
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let d0 = a0;
      let d1 = a0;
      if (half + 4 <= channels) {
        a0 = v128.load(dy);
        a1 = v128.load(dy + byColumn);
        d0 = v128.load(dy + byRow);
        d1 = v128.load(dy + byRow + byColumn);
      } else if (half < channels) {
        a0 = loadChannels(dy, channels - half);
        a1 = loadChannels(dy + byColumn, channels - half);
        d0 = loadChannels(dy + byRow, channels - half);
        d1 = loadChannels(dy + byRow + byColumn, channels - half);
      }
      a1 = v128.and(a1, right);
      d0 = v128.and(d0, below);
      d1 = v128.and(v128.and(d1, below), right);
      const target = at(to, half);
      storeGradients(a0, a1, target, plane);
      storeGradients(f32x4.add(a0, d0), f32x4.add(a1, d1), target + 4 * plane, plane);
      storeGradients(f32x4.sub(a0, d0), f32x4.sub(a1, d1), target + 8 * plane, plane);
      storeGradients(f32x4.neg(d0), f32x4.neg(d1), target + 12 * plane, plane);
      dy += 16;
    }
    to += byPanel;
  }
}

/** Writes one row of A·dy, times Aᵀ. */
function storeGradients(a: v128, b: v128, to: usize, plane: usize): void {
  v128.store(to, a);
  v128.store(to + plane, f32x4.add(a, b));
  v128.store(to + 2 * plane, f32x4.sub(a, b));
  v128.store(to + 3 * plane, f32x4.neg(b));
}

/** Returns a vector of `count` channels, 1 to 3, and zeros. */
function loadChannels(from: usize, count: i32): v128 {
  let values = f32x4.replace_lane(f32x4.splat(0), 0, load<f32>(from));
  if (count > 1) values = f32x4.replace_lane(values, 1, load<f32>(from, 4));
  if (count > 2) values = f32x4.replace_lane(values, 2, load<f32>(from, 8));
  return values;
}

/**
 * Writes Gᵀ·u·G of planes of `floats` sums, a multiple of 4, to the planes of 3×3 taps. Returns
 * whether all are finite.
 */
function transformSums(sums: usize, plane: i32, floats: i32, taps: usize): bool {
  const byPlane = (<usize>plane) << 2;
  const byTap = (<usize>floats) << 2;
  let poison = f32x4.splat(0);
  for (const end = taps + byTap; taps < end; taps += 16) {
    poison = transformSum(sums, byPlane, taps, byTap, poison);
    sums += 16;
  }
  return !v128.any_true(f32x4.ne(poison, f32x4.splat(0)));
}

function transformSum(from: usize, plane: usize, to: usize, byTap: usize, poison: v128): v128 {
  for (let column = 0; column < 3; column++) {
    // The columns of u·G.
    const a = columnOfSums(from, plane, column);
    const b = columnOfSums(from + 4 * plane, plane, column);
    const c = columnOfSums(from + 8 * plane, plane, column);
    const d = columnOfSums(from + 12 * plane, plane, column);
    const half = f32x4.mul(f32x4.splat(0.5), f32x4.add(b, c));
    const first = f32x4.add(a, half);
    const second = f32x4.mul(f32x4.splat(0.5), f32x4.sub(b, c));
    const third = f32x4.add(half, d);
    v128.store(to, first);
    v128.store(to + 3 * byTap, second);
    v128.store(to + 6 * byTap, third);
    to += byTap;
    const zero = f32x4.splat(0);
    poison = multiplyAdd(first, zero, poison);
    poison = multiplyAdd(second, zero, poison);
    poison = multiplyAdd(third, zero, poison);
  }
  return poison;
}

/** Returns one of the three values that a row of four sums, times G, has. */
function columnOfSums(from: usize, plane: usize, column: i32): v128 {
  const half = f32x4.splat(0.5);
  const b = v128.load(from + plane);
  const c = v128.load(from + 2 * plane);
  if (column === 1) return f32x4.mul(half, f32x4.sub(b, c));
  const outer = v128.load(column === 0 ? from : from + 3 * plane);
  return f32x4.add(outer, f32x4.mul(half, f32x4.add(b, c)));
}
