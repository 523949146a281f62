import type { Part } from '../../data/domains.ts';
import { randomStream, subset } from '../../stats/random.ts';
import type { TargetImages } from './layerMoments.ts';

/** So many images give each channel's mean to about 3% of its deviation, or better. */
export const DEFAULT_IMAGES = 1_000;

/**
 * Takes up to `most` images of a part at random, the same ones for every seed: files are often
 * sorted by class.
 */
export function targetImages(
  part: Part,
  domain: number,
  batchSize: number,
  most = DEFAULT_IMAGES,
): TargetImages {
  const count = Math.min(most, part.length);
  const images = subset(count, part.length, randomStream(0, 'adaptation'));
  return { domain, images, batchSize, read: (indices) => part.read(indices) };
}
