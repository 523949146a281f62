import { UserError } from '../protocol/userError.ts';
import {
  domainMoments,
  withErrorCovariance,
  type CovariedMoments,
  type DomainMoments,
  type ImageSums,
} from '../stats/moments.ts';
import { imageMoments, StreamingMoments, type ImageMoments } from '../stats/streamingMoments.ts';
import { PointReservoir, type Points } from './pointReservoir.ts';
import type { ValueSet } from './valueSet.ts';

/** Numbers of a set that are kept at most: 64 MiB. */
const MOST_NUMBERS = 1 << 23;

/** What is kept of a set. */
export interface CollectedSet {
  readonly count: number;
  /** Of all rows or images. */
  readonly moments: CovariedMoments;
  /** Rows or images drawn at random, each equally likely; all of them if there are few. */
  readonly kept: readonly ImageMoments[];
  /** The moments of `kept`. */
  readonly sample: DomainMoments;
  /** The rows or images' means in random order: all of them, or as many as memory allows. */
  readonly points: Points;
}

/**
 * Reads a set once, in memory for `most` rows or images and the means of some more. Throws a UserError if it has fewer than two.
 *
 * @param random uniform numbers in [0, 1)
 */
export async function collectSet(
  set: ValueSet,
  most: number,
  random: () => number,
): Promise<CollectedSet> {
  const streaming = new StreamingMoments(set.features.length);
  const kept: ImageMoments[] = [];
  const mostPoints = Math.max(most, Math.floor(MOST_NUMBERS / set.features.length));
  const points = new PointReservoir(set.features.length, mostPoints, random);
  for await (const values of set.items()) {
    const item = imageMoments(values, set.features.length);
    streaming.add(item);
    points.add(item.mean);
    // Reservoir sampling (Vitter 1985, algorithm R).
    const place = kept.length < most ? kept.length : Math.floor(random() * streaming.images);
    if (place < most) kept[place] = item;
  }
  const count = streaming.images;
  if (count < 2) {
    const one = set.kind === 'rows' ? 'row' : 'image';
    throw new UserError(`"${set.path}" has ${count === 0 ? 'no rows' : `only one ${one}`}`, {
      hint: 'Give two or more, and some dozens to learn anything.',
    });
  }
  const sample = domainMoments(sumsOf(kept, streaming.moments().mean));
  // Of few, errors that come from each one are the better ones.
  const moments = kept.length === count ? withErrorCovariance(sample) : streaming.moments();
  return { count, moments, kept, sample, points: points.points() };
}

/**
 * Returns images' averages over their pixels as the sums of one pixel, which gives the same moments;
 * in double precision, whatever the unit of the values and however far from 0 they lie.
 */
function sumsOf(images: readonly ImageMoments[], shift: Float64Array): ImageSums<Float64Array> {
  const channels = shift.length;
  const sums = new Float64Array(2 * images.length * channels);
  images.forEach(({ mean, variance }, image) => {
    for (let channel = 0; channel < channels; channel++) {
      const offset = mean[channel]! - shift[channel]!;
      const at = 2 * (image * channels + channel);
      sums[at] = offset;
      sums[at + 1] = variance[channel]! + offset * offset;
    }
  });
  return { images: images.length, pixels: 1, channels, shift, sums };
}
