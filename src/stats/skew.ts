import type { ChannelMoments } from './moments.ts';

/** The statistics that a layer applies at test, per channel. */
export interface UsedStatistics {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

/** How far a domain is from what a layer applies at test, as RMS over channels. */
export interface RunningSkew {
  /** (mean used - mean of the domain) / deviation used. */
  readonly mean: number;
  /** ln(deviation used / deviation of the domain). */
  readonly variance: number;
}

/**
 * Compares a domain's batch moments with the running statistics that would normalize it at test.
 * Channels where a variance is zero say nothing and are left out; NaN when none is left.
 */
export function runningSkew(own: ChannelMoments, used: UsedStatistics): RunningSkew {
  let meanSquares = 0;
  let logSquares = 0;
  let channels = 0;
  for (let c = 0; c < own.channels; c++) {
    const usedVariance = used.variance[c]!;
    const ownVariance = own.variance[c]!;
    if (usedVariance <= 0 || ownVariance <= 0) continue;
    meanSquares += (used.mean[c]! - own.mean[c]!) ** 2 / usedVariance;
    logSquares += (Math.log(usedVariance / ownVariance) / 2) ** 2;
    channels++;
  }
  return { mean: Math.sqrt(meanSquares / channels), variance: Math.sqrt(logSquares / channels) };
}
