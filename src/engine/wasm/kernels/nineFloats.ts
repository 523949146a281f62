import { at, multiplyAdd } from './arithmetic';
import { Lattice, PANEL, PANEL_BYTES } from './lattice';

/** Writes every pixel of an image whose lattice {@link Lattice.readsNineFloats}. */
export function correlateNine(x: usize, y: usize, lattice: Lattice): void {
  const run = lattice.firstRun;
  for (let c = 0; c < lattice.channels; c += 4) {
    // Panels of nine rows.
    const weights = at(lattice.weights, (c & ~(PANEL - 1)) * 9 + (c & (PANEL - 1)));
    for (let slice = 0; slice < lattice.depth; slice++) {
      const from = at(x, slice * lattice.inDepth);
      multiplyNine(
        at(from, load<i32>(run)),
        at(from, load<i32>(run, 8)),
        at(from, load<i32>(run, 16)),
        weights,
        at(y, slice * lattice.outDepth + c),
        lattice,
      );
    }
  }
}

/**
 * Writes four outputs of each pixel of a slice: the products of three floats at each of three places
 * with weights, which stay in registers.
 */
function multiplyNine(
  x: usize,
  second: usize,
  third: usize,
  weights: usize,
  y: usize,
  lattice: Lattice,
): void {
  const inColumn = (<usize>lattice.inColumn) << 2;
  const outColumn = (<usize>lattice.outColumn) << 2;
  const columns = lattice.columns;
  const inSkip = ((<usize>lattice.inRow) << 2) - <usize>columns * inColumn;
  const outSkip = ((<usize>lattice.outRow) << 2) - <usize>columns * outColumn;
  const w0 = v128.load(weights);
  const w1 = v128.load(weights, PANEL_BYTES);
  const w2 = v128.load(weights, 2 * PANEL_BYTES);
  const w3 = v128.load(weights, 3 * PANEL_BYTES);
  const w4 = v128.load(weights, 4 * PANEL_BYTES);
  const w5 = v128.load(weights, 5 * PANEL_BYTES);
  const w6 = v128.load(weights, 6 * PANEL_BYTES);
  const w7 = v128.load(weights, 7 * PANEL_BYTES);
  const w8 = v128.load(weights, 8 * PANEL_BYTES);
  for (let row = lattice.rows; row > 0; row--) {
    for (let column = columns; column > 0; column--) {
      let sum = f32x4.mul(v128.load32_splat(x), w0);
      sum = multiplyAdd(v128.load32_splat(x, 4), w1, sum);
      sum = multiplyAdd(v128.load32_splat(x, 8), w2, sum);
      sum = multiplyAdd(v128.load32_splat(second), w3, sum);
      sum = multiplyAdd(v128.load32_splat(second, 4), w4, sum);
      sum = multiplyAdd(v128.load32_splat(second, 8), w5, sum);
      sum = multiplyAdd(v128.load32_splat(third), w6, sum);
      sum = multiplyAdd(v128.load32_splat(third, 4), w7, sum);
      v128.store(y, multiplyAdd(v128.load32_splat(third, 8), w8, sum));
      x += inColumn;
      second += inColumn;
      third += inColumn;
      y += outColumn;
    }
    x += inSkip;
    second += inSkip;
    third += inSkip;
    y += outSkip;
  }
}
