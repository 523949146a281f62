import { channelDistances, squaredErrors, type Divergences } from './channelDivergences.ts';
import type { CorrelationSquares } from './correlationSquares.ts';
import { DivergenceMemory } from './divergence.ts';
import { byDistance, isSigned, type GaussianDistances } from './gaussianDistances.ts';
import type { ChannelMoments, DomainMoments } from './moments.ts';
import { divergence, type ErrorSums } from './nullFloor.ts';

/** Distances of two domains at a layer: means over channels, of signed ones root mean squares. */
export interface LayerDivergences extends Divergences {
  /** How many channels vary in both domains; the others are left out. */
  readonly channels: number;
  /** Images of each domain. */
  readonly n: number;
  readonly m: number;
}

/**
 * Compares two domains over all channels of a layer.
 *
 * Channels of one image are correlated, which widens what chance gives; how much is estimated from
 * the images of `sampleA` and `sampleB`.
 *
 * @param sampleA the moments of all images of `a` or of some, at least two
 * @param memory of so many channels, in which correlations are estimated
 * @throws RangeError if the numbers of channels differ
 */
export function layerDivergences(
  a: ChannelMoments,
  b: ChannelMoments,
  sampleA: DomainMoments,
  sampleB: DomainMoments,
  memory = new DivergenceMemory(a.channels),
): LayerDivergences {
  if (a.channels !== b.channels) {
    throw new RangeError(`cannot compare ${a.channels} channels with ${b.channels}`);
  }
  const weights = new Float64Array(2 * a.channels);
  const distances: GaussianDistances[] = [];
  for (let channel = 0; channel < a.channels; channel++) {
    const errors = squaredErrors(a, b, channel);
    if (errors === null) continue;
    weights[channel] = errors.gap;
    weights[a.channels + channel] = errors.ratio;
    distances.push(channelDistances(a, b, channel));
  }
  const channels = distances.length;
  const correlations = memory.correlationSquares(sampleA, sampleB, weights);
  const errors = errorSums(weights, channels, correlations);
  return {
    n: a.images,
    m: b.images,
    channels,
    ...byDistance((distance) => {
      const values = distances.map((of) => of[distance]);
      const value = isSigned(distance) ? Math.sqrt(mean(values.map(square))) : mean(values);
      return divergence(distance, value, errors);
    }),
  };
}

function errorSums(
  weights: Float64Array,
  channels: number,
  { means, logVariances, between }: CorrelationSquares,
): ErrorSums {
  const half = weights.length / 2;
  const [ofGaps, ofRatios] = [weights.subarray(0, half), weights.subarray(half)];
  return {
    channels,
    gaps: sum(ofGaps),
    ratios: sum(ofRatios),
    // Estimates are unbiased, so they may fall short of what even independence gives.
    gapPairs: Math.max(means, sum(ofGaps.map(square))),
    ratioPairs: Math.max(logVariances, sum(ofRatios.map(square))),
    mixedPairs: Math.max(between, 0),
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function square(value: number): number {
  return value * value;
}
