import { at } from './arithmetic';
import { placeOnGrid, Placement } from './grid';
import { Lattice, PANEL, PANEL_BYTES, TILE, TILE_BYTES } from './lattice';
import { correlateNine } from './nineFloats';
import { multiplyTile, multiplyTwoTiles } from './productTiles';
import { scratch } from './scratch';
import { copyFloats, unfold, unfoldedPitch } from './unfold';
import { hasWideTiles } from './wideTiles';

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
  if (lattice.readsNineFloats) {
    correlateNine(x, y, lattice);
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
export function correlatePixels(
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
    let c = lattice.channels;
    for (; hasWideTiles && c >= 2 * PANEL; c -= 2 * PANEL) {
      const next = weights + panelBytes;
      multiplyTwoTiles(x, x1, x2, x3, x4, x5, weights, next, length, y0, y1, y2, y3, y4, y5);
      weights = next + panelBytes;
      y0 += 2 * PANEL_BYTES;
      y1 += 2 * PANEL_BYTES;
      y2 += 2 * PANEL_BYTES;
      y3 += 2 * PANEL_BYTES;
      y4 += 2 * PANEL_BYTES;
      y5 += 2 * PANEL_BYTES;
    }
    for (; c >= PANEL; c -= PANEL) {
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
