import type { Interval } from './wilson.ts';

/** The 97.5% quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/** A difference of two shares of the same trials, within [−1, 1], with its 95% interval. */
export interface PairedDifference extends Interval {
  readonly difference: number;
}

/**
 * Bounds how much more often one of two treatments succeeds, from `n` independent trials of both:
 * in `gained` only the first succeeded, in `lost` only the other.
 *
 * Wald's interval after half a trial was added to each of the four outcomes (Agresti & Min,
 * Statistics in Medicine 24, 2005); with no trials it is all of [−1, 1].
 */
export function pairedDifference(gained: number, lost: number, n: number): PairedDifference {
  const trials = n + 2;
  const centre = (gained - lost) / trials;
  const spread = (gained + lost + 1) / trials - centre * centre;
  const halfWidth = Z * Math.sqrt(spread / trials);
  return {
    difference: n === 0 ? 0 : (gained - lost) / n,
    low: n === 0 ? -1 : Math.max(-1, centre - halfWidth),
    high: n === 0 ? 1 : Math.min(1, centre + halfWidth),
  };
}
