import { at } from './arithmetic';
import { Lattice } from './lattice';

/**
 * Returns how many floats lie from one unfolded pixel to the next: an odd number of cache lines, so
 * that pixels spread over all sets of the cache.
 */
export function unfoldedPitch(length: i32): i32 {
  return (((length + 15) >> 4) | 1) << 4;
}

/**
 * Copies what `count` pixels depend on, from pixel `first` on, into rows that are `pitch` floats
 * apart: all their runs, one after the other.
 */
export function unfold(
  x: usize,
  lattice: Lattice,
  first: i32,
  count: i32,
  to: usize,
  pitch: i32,
): void {
  const columns = lattice.columns;
  const rows = lattice.rows;
  const firstRun = lattice.firstRun;
  const end = lattice.end;
  const byColumn = (<usize>lattice.inColumn) << 2;
  let column = first % columns;
  let row = (first / columns) % rows;
  let slice = first / (columns * rows);
  while (count > 0) {
    let from = at(x, slice * lattice.inDepth + row * lattice.inRow + column * lattice.inColumn);
    const stretch = min(count, columns - column);
    for (let pixel = 0; pixel < stretch; pixel++) {
      let target = to;
      for (let run = firstRun; run < end; run += 8) {
        const length = load<i32>(run, 4);
        copyFloats(at(from, load<i32>(run)), target, length);
        target = at(target, length);
      }
      to = at(to, pitch);
      from += byColumn;
    }
    count -= stretch;
    column = 0;
    row += 1;
    if (row === rows) {
      row = 0;
      slice += 1;
    }
  }
}

export function copyFloats(from: usize, to: usize, length: i32): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) v128.store(at(to, i), v128.load(at(from, i)));
  for (; i < length; i++) store<f32>(at(to, i), load<f32>(at(from, i)));
}
