import {
  byDistance,
  gaussianDistances,
  type Distance,
  type GaussianDistances,
} from './gaussianDistances.ts';
import { SE_RESOLUTION, type ChannelMoments, type CovariedMoments } from './moments.ts';
import { divergence, type Divergence } from './nullFloor.ts';

/** All distances with what they come to when nothing differs. */
export type Divergences = Readonly<Record<Distance, Divergence>>;

/** The squared standard errors of a channel's gap and log variance ratio. */
export interface SquaredErrors {
  readonly gap: number;
  readonly ratio: number;
}

/**
 * Returns a channel's squared errors, or null where no distance can be told: the channel is constant
 * in a domain, or all images of both agree on its mean or its variance. A NaN is not null.
 */
export function squaredErrors(
  a: ChannelMoments,
  b: ChannelMoments,
  channel: number,
): SquaredErrors | null {
  const varianceA = a.variance[channel]!;
  const varianceB = b.variance[channel]!;
  if (varianceA === 0 || varianceB === 0) return null;
  const square = (varianceA + varianceB) / 2;
  const gap = (a.meanSe[channel]! ** 2 + b.meanSe[channel]! ** 2) / square;
  const ratio = a.logVarianceSe[channel]! ** 2 + b.logVarianceSe[channel]! ** 2;
  const isRounding = gap <= SE_RESOLUTION ** 2 || ratio <= SE_RESOLUTION ** 2;
  return isRounding ? null : { gap, ratio };
}

/** Returns the distances of a channel; its variances must not be 0. */
export function channelDistances(
  a: ChannelMoments,
  b: ChannelMoments,
  channel: number,
): GaussianDistances {
  return gaussianDistances(
    { mean: a.mean[channel]!, variance: a.variance[channel]! },
    { mean: b.mean[channel]!, variance: b.variance[channel]! },
  );
}

/**
 * Compares one channel of two domains, as Gaussians with the moments over all pixels, with floors
 * from the differences between images. Returns null as {@link squaredErrors} does.
 */
export function channelDivergences(
  a: CovariedMoments,
  b: CovariedMoments,
  channel: number,
): Divergences | null {
  const errors = squaredErrors(a, b, channel);
  if (errors === null) return null;
  const { gap, ratio } = errors;
  const square = (a.variance[channel]! + b.variance[channel]!) / 2;
  const covariance = a.errorCovariance[channel]! + b.errorCovariance[channel]!;
  const sums = {
    channels: 1,
    gaps: gap,
    ratios: ratio,
    gapPairs: gap * gap,
    ratioPairs: ratio * ratio,
    mixedPairs: covariance ** 2 / square,
  };
  const distances = channelDistances(a, b, channel);
  return byDistance((distance) => divergence(distance, distances[distance], sums));
}
