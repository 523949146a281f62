import { at } from './arithmetic';
import { placeOnGrid, Placement } from './grid';
import { Lattice, packPanels, PANEL, PANEL_BYTES, TILE, TILE_BYTES } from './lattice';
import { scratch } from './scratch';
import { sumOne, sumSix, sumSixTwice, sumThree } from './sumTiles';
import { hasWideTiles } from './wideTiles';

/**
 * Pixels of a band. Sums over a band are added up, so that rounding errors grow with its size rather
 * than with that of the batch.
 */
const BAND_PIXELS = 256;

/**
 * Writes the gradient of {@link correlate} for the weights of one lattice, [floats of all runs,
 * channels rounded up to PANEL], summed over `images` images, from x and dy, whose pixels are
 * `outColumn` floats apart. Rows of the result are `width` floats apart. Needs scratch memory for two
 * tiles, a grid and a band of dy.
 */
export function weightGradient(
  x: usize,
  dy: usize,
  images: i32,
  inImage: i32,
  outImage: i32,
  placement: Placement,
  lattice: Lattice,
  result: usize,
  width: i32,
): void {
  const isPlaced = changetype<usize>(placement) !== 0;
  const grid = scratch + TILE_BYTES;
  const band = isPlaced ? grid + placement.bytes : grid;
  const panels = (lattice.channels + PANEL - 1) / PANEL;
  if (images * lattice.pixels === 0) {
    for (let row = 0; row < lattice.length; row++) {
      memory.fill(at(result, row * width), 0, (<usize>(panels * PANEL)) << 2);
    }
    return;
  }
  for (let image = 0; image < images; image++) {
    let from = x;
    if (isPlaced) {
      from = grid;
      placeOnGrid(x, from, placement);
    }
    addImage(at(from, lattice.inOffset), dy, lattice, band, panels, result, width, image === 0);
    x = at(x, inImage);
    dy = at(dy, outImage);
  }
}

function addImage(
  x: usize,
  dy: usize,
  lattice: Lattice,
  band: usize,
  panels: i32,
  result: usize,
  width: i32,
  isFirst: bool,
): void {
  const columns = lattice.columns;
  const rows = lattice.rows;
  const mostColumns = min(columns, BAND_PIXELS);
  // Only whole rows follow each other in dy.
  const mostRows = min(rows, BAND_PIXELS / mostColumns);
  let isStart = isFirst;
  for (let slice = 0; slice < lattice.depth; slice++) {
    for (let row = 0; row < rows; row += mostRows) {
      for (let column = 0; column < columns; column += mostColumns) {
        const bandRows = min(mostRows, rows - row);
        const bandColumns = min(mostColumns, columns - column);
        const from = at(
          x,
          slice * lattice.inDepth + row * lattice.inRow + column * lattice.inColumn,
        );
        const pixels = bandRows * bandColumns;
        const byPixel = lattice.outColumn;
        const first = at(dy, ((slice * rows + row) * columns + column) * byPixel);
        packPanels(first, band, pixels, lattice.channels, byPixel, 1, pixels * PANEL);
        let to = result;
        for (let run = lattice.firstRun; run < lattice.end; run += 8) {
          const length = load<i32>(run, 4);
          addRun(
            at(from, load<i32>(run)),
            lattice,
            length,
            bandColumns,
            band,
            pixels,
            panels,
            to,
            width,
            isStart,
          );
          to = at(to, length * width);
        }
        isStart = false;
      }
    }
  }
}

/**
 * Adds the products of the `length` floats of a run, for each pixel of a band, with the panels of dy;
 * `isStart`: to nothing.
 */
export function addRun(
  x: usize,
  lattice: Lattice,
  length: i32,
  columns: i32,
  gradients: usize,
  pixels: i32,
  panels: i32,
  result: usize,
  width: i32,
  isStart: bool,
): void {
  const panel = (<usize>(pixels * PANEL)) << 2;
  const step = (<usize>lattice.inColumn) << 2;
  const row = <usize>columns * PANEL_BYTES;
  const skip = (<usize>(lattice.inRow - columns * lattice.inColumn)) << 2;
  const byRow = (<usize>width) << 2;
  while (length > 0) {
    const floats = length >= TILE ? TILE : length >= 3 ? 3 : 1;
    let dy = gradients;
    let p = 0;
    for (; hasWideTiles && floats === TILE && p + 2 <= panels; p += 2) {
      sumSixTwice(x, step, row, skip, dy, dy + panel, scratch);
      const to = at(result, p * PANEL);
      putTile(scratch, TILE, to, byRow, isStart);
      putTile(scratch + TILE * PANEL_BYTES, TILE, to + PANEL_BYTES, byRow, isStart);
      dy += 2 * panel;
    }
    for (; p < panels; p++) {
      const end = dy + panel;
      if (floats === TILE) sumSix(x, step, row, skip, dy, end, scratch);
      else if (floats === 3) sumThree(x, step, row, skip, dy, end, scratch);
      else sumOne(x, step, row, skip, dy, end, scratch);
      putTile(scratch, floats, at(result, p * PANEL), byRow, isStart);
      dy = end;
    }
    x = at(x, floats);
    result += <usize>floats * byRow;
    length -= floats;
  }
}

/** Adds a tile to rows of the result; `isStart`: to nothing. */
function putTile(tile: usize, rows: i32, to: usize, width: usize, isStart: bool): void {
  if (isStart) copyTile(tile, rows, to, width);
  else addTile(tile, rows, to, width);
}

function copyTile(tile: usize, rows: i32, to: usize, width: usize): void {
  for (let row = 0; row < rows; row++) {
    v128.store(to, v128.load(tile));
    v128.store(to, v128.load(tile, 16), 16);
    tile += PANEL_BYTES;
    to += width;
  }
}

function addTile(tile: usize, rows: i32, to: usize, width: usize): void {
  for (let row = 0; row < rows; row++) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(tile)));
    v128.store(to, f32x4.add(v128.load(to, 16), v128.load(tile, 16)), 16);
    tile += PANEL_BYTES;
    to += width;
  }
}

/**
 * Writes a matrix, [rows, columns], the sum of `count` ones in succession whose rows are rounded up
 * to PANEL floats.
 */
export function sumPanels(parts: usize, count: i32, rows: i32, columns: i32, sum: usize): void {
  const pitch = ((columns + PANEL - 1) / PANEL) * PANEL;
  for (let row = 0; row < rows; row++) {
    let c = 0;
    for (; c + 4 <= columns; c += 4) {
      let total = v128.load(at(parts, c));
      for (let k = 1; k < count; k++) {
        total = f32x4.add(total, v128.load(at(parts, k * rows * pitch + c)));
      }
      v128.store(at(sum, c), total);
    }
    for (; c < columns; c++) {
      let total = load<f32>(at(parts, c));
      for (let k = 1; k < count; k++) total += load<f32>(at(parts, k * rows * pitch + c));
      store<f32>(at(sum, c), total);
    }
    parts = at(parts, pitch);
    sum = at(sum, columns);
  }
}
