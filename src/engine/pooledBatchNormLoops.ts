import type { BatchLayout } from './batchNormAlgebra.ts';

/**
 * Writes the largest y = max((x − center)·scale + offset, floor) of each square of 2 × 2 pixels,
 * `columns` squares in a row, and to `peaks` the x that it comes from; coefficients are [segments, 4,
 * channels]. NaN is never largest: of nothing greater than -Infinity, y is -Infinity and the peak NaN.
 */
export function normalizeAndPool(
  layout: BatchLayout,
  columns: number,
  x: Float32Array,
  coefficients: Float64Array,
  y: Float32Array,
  peaks: Float32Array,
): void {
  const { channels } = layout;
  forEachSquare(layout, columns, (cells, out, segment) => {
    const center = 4 * channels * segment;
    const scale = center + channels;
    const offset = scale + channels;
    const floor = offset + channels;
    for (let c = 0; c < channels; c++) {
      let largest = -Infinity;
      let peak = NaN;
      for (const cell of cells) {
        const value = x[cell + c]!;
        const d = value - coefficients[center + c]!;
        const z = d * coefficients[scale + c]! + coefficients[offset + c]!;
        // Rounded as it is stored: what is equal there is equal here.
        const result = Math.fround(Math.max(z, coefficients[floor + c]!));
        if (result > largest) {
          largest = result;
          peak = value;
        }
      }
      y[out + c] = largest;
      peaks[out + c] = peak;
    }
  });
}

/**
 * Writes dx = (x − center)·byInput + g·byGradient + level, where g is dy at the first pixel of each
 * square that equals its peak, unless (peak − center)·scale + offset ≤ 0, and 0 elsewhere;
 * coefficients are [segments, 6, channels], in the order of `gradientForInput`.
 */
export function pooledInputGradient(
  layout: BatchLayout,
  columns: number,
  dy: Float32Array,
  peaks: Float32Array,
  x: Float32Array,
  coefficients: Float64Array,
  dx: Float32Array,
): void {
  const { channels } = layout;
  forEachSquare(layout, columns, (cells, out, segment) => {
    const centers = 6 * channels * segment;
    const byInput = centers + channels;
    const level = byInput + channels;
    const byGradient = level + channels;
    const scale = byGradient + channels;
    const offset = scale + channels;
    for (let c = 0; c < channels; c++) {
      const center = coefficients[centers + c]!;
      const peak = peaks[out + c]!;
      const z = (peak - center) * coefficients[scale + c]! + coefficients[offset + c]!;
      let left = z <= 0 ? 0 : dy[out + c]!;
      for (const cell of cells) {
        const value = x[cell + c]!;
        const isPeak = value === peak;
        dx[cell + c] =
          (value - center) * coefficients[byInput + c]! +
          (isPeak ? left : 0) * coefficients[byGradient + c]! +
          coefficients[level + c]!;
        if (isPeak) left = 0;
      }
    }
  });
}

/** Calls `visit` for each square with where its pixels, its result and its segment are. */
function forEachSquare(
  { pixels, channels, segments }: BatchLayout,
  columns: number,
  visit: (cells: readonly number[], out: number, segment: number) => void,
): void {
  const row = 2 * columns * channels;
  let first = 0;
  let out = 0;
  segments.forEach((images, segment) => {
    for (let rows = (images * pixels) / (4 * columns); rows > 0; rows--, first += row) {
      for (let column = 0; column < columns; column++, first += 2 * channels, out += channels) {
        const below = first + row;
        visit([first, first + channels, below, below + channels], out, segment);
      }
    }
  });
}
