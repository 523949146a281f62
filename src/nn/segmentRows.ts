import type { ImageSums } from '../stats/moments.ts';
import type { DomainSegment, RunningStatistics } from './domainSegment.ts';
import type { MovingStatistics } from './movingStatistics.ts';

/** The images of all segments. */
export function totalImages(segments: readonly DomainSegment[]): number {
  return segments.reduce((sum, { images }) => sum + images, 0);
}

/** What one row of flat [rows, channels] holds. */
export function rowOf(
  { mean, variance }: RunningStatistics,
  row: number,
  channels: number,
): RunningStatistics {
  const own = [row * channels, (row + 1) * channels] as const;
  return { mean: mean.subarray(...own), variance: variance.subarray(...own) };
}

/** The present statistics of each segment, from those of its row. */
export function readEach(
  rows: readonly MovingStatistics[],
  segments: readonly DomainSegment[],
): RunningStatistics[] {
  const values = rows.map((row) => row.read());
  return segments.map((_, segment) => values[values.length === 1 ? 0 : segment]!);
}

/** Each segment's own moments: what it has instead of statistics that are kept. */
export function imageStatistics(
  { sums, shift, pixels, channels }: ImageSums,
  segments: readonly DomainSegment[],
): RunningStatistics[] {
  let at = 0;
  return segments.map(({ images }) => {
    const totals = new Float64Array(2 * channels);
    for (const end = at + 2 * images * channels; at < end; at++) {
      totals[at % totals.length]! += sums[at]!;
    }
    const offset = (c: number) => totals[2 * c]! / (images * pixels);
    return {
      mean: shift.map((value, c) => value + offset(c)),
      variance: shift.map((_, c) =>
        Math.max(0, totals[2 * c + 1]! / (images * pixels) - offset(c) ** 2),
      ),
    };
  });
}

/** Sums flat [images, channels] over the images of each segment, flat [segments, channels]. */
export function sumSegments(
  values: Float32Array,
  segments: readonly DomainSegment[],
): Float32Array {
  const channels = values.length / totalImages(segments);
  const sums = new Float32Array(segments.length * channels);
  let at = 0;
  for (const [segment, { images }] of segments.entries()) {
    for (const end = at + images * channels; at < end; at++) {
      sums[segment * channels + (at % channels)]! += values[at]!;
    }
  }
  return sums;
}
