import { chiSquareSumQuantile } from './chiSquareSum.ts';
import { isSigned, SECOND_ORDER, type Distance } from './gaussianDistances.ts';

/** A distance, and what it comes to when nothing differs but the choice of the images. */
export interface Divergence {
  readonly value: number;
  /** What it is on average when nothing differs; of root mean squares, the root of that average. */
  readonly expected: number;
  /** What it exceeds with probability 5% when nothing differs; in size, where it has a sign. */
  readonly floor95: number;
  /** Likewise with probability 1%. */
  readonly floor99: number;
}

/**
 * The errors of the gaps and log variance ratios that a distance is of: one channel's or, averaged,
 * a layer's.
 */
export interface ErrorSums {
  /** How many gaps, and as many log variance ratios. */
  readonly channels: number;
  /** Σ SE² of the gaps, and of the log variance ratios. */
  readonly gaps: number;
  readonly ratios: number;
  /** Σ SE²·SE²·r² over all pairs of gaps, of log variance ratios, and of one of each. */
  readonly gapPairs: number;
  readonly ratioPairs: number;
  readonly mixedPairs: number;
}

/**
 * Says what a distance, averaged over channels, comes to when nothing differs.
 *
 * To second order it is Σ (weight·gap² + weight·logVarianceRatio²) / channels with Gaussian errors
 * in the place of differences: a sum of squares whose mean and variance the errors give, and
 * whose quantiles follow from these (`chiSquareSumQuantile`). Small samples have wider tails than
 * Gaussian ones: with some 30 images of each, the floors are passed in up to 7% and 2%.
 */
export function divergence(distance: Distance, value: number, errors: ErrorSums): Divergence {
  const { mean, logVariance } = SECOND_ORDER[distance];
  const { channels, gaps, ratios, gapPairs, ratioPairs, mixedPairs } = errors;
  if (channels === 0) return { value, expected: 0, floor95: 0, floor99: 0 };
  const components = isSigned(distance) ? channels : 2 * channels;
  const perComponent = (mean * gaps + logVariance * ratios) / components;
  const pairs =
    mean * mean * gapPairs +
    logVariance * logVariance * ratioPairs +
    2 * mean * logVariance * mixedPairs;
  const correlationSquares = pairs / (perComponent * perComponent);
  const inUnits = (squaredLength: number): number => {
    const average = (squaredLength * perComponent) / channels;
    return isSigned(distance) ? Math.sqrt(average) : average;
  };
  return {
    value,
    expected: inUnits(components),
    floor95: inUnits(chiSquareSumQuantile(components, correlationSquares, 0.05)),
    floor99: inUnits(chiSquareSumQuantile(components, correlationSquares, 0.01)),
  };
}
