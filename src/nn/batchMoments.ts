import { domainMoments, type ImageSums } from '../stats/moments.ts';
import type { DomainSegment, RunningStatistics } from './batchContext.ts';

/**
 * Computes a batch's moments from the sums over its images, for where it was not normalized with
 * them: those of the whole batch if `rows` is 1, else those of each segment, flat [rows, channels].
 */
export function batchMoments(
  sums: ImageSums,
  segments: readonly DomainSegment[],
  rows: number,
): RunningStatistics {
  const { channels, images } = sums;
  const mean = new Float32Array(rows * channels);
  const variance = new Float32Array(rows * channels);
  let first = 0;
  (rows === 1 ? [images] : segments.map((segment) => segment.images)).forEach((count, row) => {
    const own = domainMoments(sums, first, count);
    mean.set(own.mean, row * channels);
    variance.set(own.variance, row * channels);
    first += count;
  });
  return { mean, variance };
}
