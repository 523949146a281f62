import type { Sample } from './sample.ts';

/** Returns where row i of a lower triangle begins; it holds the columns 0 … i − 1. */
export function rowStart(row: number): number {
  return (row * (row - 1)) >> 1;
}

/**
 * Returns ‖x − y‖² of every two different points of two samples, those of `b` numbered after those
 * of `a`: the lower triangle, row after row, see {@link rowStart}. Equal points are at exactly 0.
 */
export function squaredDistances(a: Sample, b: Sample): Float64Array {
  const { dimensions } = a;
  const points = a.count + b.count;
  const x = new Float64Array(points * dimensions);
  x.set(a.values);
  x.set(b.values, a.values.length);
  const distances = new Float64Array(rowStart(points));
  let row = 0;
  for (; row + 2 <= points; row += 2) {
    let column = 0;
    for (; column + 4 <= row; column += 4) tile(x, dimensions, row, column, distances);
    rest(x, dimensions, row, column, distances);
    rest(x, dimensions, row + 1, column, distances);
  }
  if (row < points) rest(x, dimensions, row, 0, distances);
  return distances;
}

/** Fills in two rows by four columns: each value read serves two or four distances. */
function tile(
  x: Float64Array,
  dimensions: number,
  row: number,
  column: number,
  distances: Float64Array,
): void {
  const upper = row * dimensions;
  const lower = upper + dimensions;
  const from0 = column * dimensions;
  const from1 = from0 + dimensions;
  const from2 = from1 + dimensions;
  const from3 = from2 + dimensions;
  let upper0 = 0;
  let upper1 = 0;
  let upper2 = 0;
  let upper3 = 0;
  let lower0 = 0;
  let lower1 = 0;
  let lower2 = 0;
  let lower3 = 0;
  for (let k = 0; k < dimensions; k++) {
    const u = x[upper + k]!;
    const l = x[lower + k]!;
    const x0 = x[from0 + k]!;
    const x1 = x[from1 + k]!;
    const x2 = x[from2 + k]!;
    const x3 = x[from3 + k]!;
    upper0 += (u - x0) * (u - x0);
    upper1 += (u - x1) * (u - x1);
    upper2 += (u - x2) * (u - x2);
    upper3 += (u - x3) * (u - x3);
    lower0 += (l - x0) * (l - x0);
    lower1 += (l - x1) * (l - x1);
    lower2 += (l - x2) * (l - x2);
    lower3 += (l - x3) * (l - x3);
  }
  const atUpper = rowStart(row) + column;
  distances[atUpper] = upper0;
  distances[atUpper + 1] = upper1;
  distances[atUpper + 2] = upper2;
  distances[atUpper + 3] = upper3;
  const atLower = atUpper + row;
  distances[atLower] = lower0;
  distances[atLower + 1] = lower1;
  distances[atLower + 2] = lower2;
  distances[atLower + 3] = lower3;
}

/** Fills in a row from a column on. */
function rest(
  x: Float64Array,
  dimensions: number,
  row: number,
  column: number,
  distances: Float64Array,
): void {
  for (let other = column; other < row; other++) {
    let sum = 0;
    for (let k = 0; k < dimensions; k++) {
      const difference = x[row * dimensions + k]! - x[other * dimensions + k]!;
      sum += difference * difference;
    }
    distances[rowStart(row) + other] = sum;
  }
}
