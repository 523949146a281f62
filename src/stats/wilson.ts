/** The 97.5% quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/** Bounds of a proportion, both in [0, 1]. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Bounds a proportion with 95% confidence from `successes` out of `n` independent trials.
 *
 * Wilson's score interval (JASA 22, 1927) without continuity correction; with no trials nothing is
 * known, and the interval is [0, 1].
 */
export function wilsonInterval(successes: number, n: number): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const proportion = successes / n;
  const shrink = 1 + (Z * Z) / n;
  const centre = (proportion + (Z * Z) / (2 * n)) / shrink;
  const spread = (proportion * (1 - proportion)) / n + (Z * Z) / (4 * n * n);
  const halfWidth = (Z * Math.sqrt(spread)) / shrink;
  return { low: Math.max(0, centre - halfWidth), high: Math.min(1, centre + halfWidth) };
}
