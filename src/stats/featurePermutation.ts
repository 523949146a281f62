import type { ImageMoments } from './streamingMoments.ts';
import { consecutive, subset } from './random.ts';

/** How far two sets differ in each feature, corrected for having looked at all; [features]. */
export interface FeatureTest {
  /** That the means differ: from 1 / (1 + permutations) to 1. */
  readonly meanP: Float64Array;
  /** Likewise for the variances over all pixels. */
  readonly varianceP: Float64Array;
}

/** Statistics this near to each other, relatively, are equal but for rounding. */
const TIE = 1e-9;

/** Below this part of the variance of both sets together, a variance is rounding. */
const RESOLUTION = 1e-12;

/** What is summed up of a feature: y, y², t, t² and t·y, as {@link featureSums} defines them. */
const SUMS = 5;

/**
 * Tests every feature for a difference of means and of variances, all at once.
 *
 * The images are dealt out anew to sets of the same sizes, `permutations` times. What counts of a
 * deal is the largest statistic of all features, in its own standard errors; p is the share of deals,
 * the observed one included, whose largest reaches a feature's own (Westfall & Young 1993, single
 * step). So the probability that any feature which does not differ gets p ≤ α is at most α, however
 * few the images are, whatever their distribution, and however the features depend on each other;
 * strictly, where no feature differs, and closely, where some do.
 *
 * @param random uniform numbers in [0, 1)
 * @throws RangeError for fewer than two images in a set
 */
export function featureTest(
  a: readonly ImageMoments[],
  b: readonly ImageMoments[],
  permutations: number,
  random: () => number,
): FeatureTest {
  if (a.length < 2 || b.length < 2) {
    throw new RangeError(`cannot compare ${a.length} images with ${b.length}`);
  }
  const images = [...a, ...b];
  const features = a[0]!.mean.length;
  const sums = featureSums(images, features);
  const total = sumOver(sums, features, consecutive(images.length));
  const statistics = (points: Int32Array): Float64Array =>
    splitStatistics(sumOver(sums, features, points), points.length, total, images.length);
  const observed = statistics(consecutive(a.length));
  const reached = new Float64Array(2 * features).fill(1);
  for (let deal = 0; deal < permutations; deal++) {
    const largest = largestOf(statistics(subset(a.length, images.length, random)));
    observed.forEach((own, index) => {
      if (largest >= own * (1 - TIE)) reached[index]!++;
    });
  }
  const p = reached.map((count) => count / (1 + permutations));
  return { meanP: p.slice(0, features), varianceP: p.slice(features) };
}

/**
 * Returns for each image and feature y, y², t, t² and t·y: y is the deviation of its mean from that
 * of all images in units of their deviation, and t its mean square about the same centre.
 */
function featureSums(images: readonly ImageMoments[], features: number): Float64Array {
  const sums = new Float64Array(SUMS * features * images.length);
  for (let feature = 0; feature < features; feature++) {
    const first = images[0]!.mean[feature]!;
    const average = (value: (image: ImageMoments) => number): number =>
      images.reduce((sum, image) => sum + value(image), 0) / images.length;
    const centre = first + average(({ mean }) => mean[feature]! - first);
    const square = average(
      ({ mean, variance }) => (mean[feature]! - centre) ** 2 + variance[feature]!,
    );
    if (square === 0) continue;
    images.forEach(({ mean, variance }, image) => {
      const y = (mean[feature]! - centre) / Math.sqrt(square);
      const t = y * y + variance[feature]! / square;
      sums.set([y, y * y, t, t * t, t * y], SUMS * (image * features + feature));
    });
  }
  return sums;
}

function sumOver(sums: Float64Array, features: number, points: Int32Array): Float64Array {
  const row = SUMS * features;
  const total = new Float64Array(row);
  for (const point of points) {
    const from = point * row;
    for (let at = 0; at < row; at++) total[at]! += sums[from + at]!;
  }
  return total;
}

/**
 * Returns |difference| / standard error: of all features' means, then of their log variances, or of
 * the variances themselves where a group is constant: rare values fall into one group in many deals.
 * Groups without any error of their own get that of both together, as no feature may outdo all others
 * by a division by zero.
 */
function splitStatistics(
  part: Float64Array,
  points: number,
  total: Float64Array,
  images: number,
): Float64Array {
  const features = part.length / SUMS;
  const statistics = new Float64Array(2 * features);
  const rest = total.map((sum, at) => sum - part[at]!);
  for (let feature = 0; feature < features; feature++) {
    const a = groupMoments(part, SUMS * feature, points);
    const b = groupMoments(rest, SUMS * feature, images - points);
    const both = groupMoments(total, SUMS * feature, images);
    const perPoint = (images - 1) * (1 / points + 1 / (images - points));
    statistics[feature] = inErrors(
      a.mean - b.mean,
      a.meanError + b.meanError || both.meanError * perPoint,
    );
    const isConstant = a.variance <= RESOLUTION || b.variance <= RESOLUTION;
    statistics[features + feature] = isConstant
      ? inErrors(
          a.variance - b.variance,
          a.varianceError + b.varianceError || both.varianceError * perPoint,
        )
      : inErrors(
          Math.log(a.variance / b.variance),
          a.varianceError / a.variance ** 2 + b.varianceError / b.variance ** 2,
        );
  }
  return statistics;
}

interface GroupMoments {
  readonly mean: number;
  readonly variance: number;
  /** Squared standard errors. */
  readonly meanError: number;
  readonly varianceError: number;
}

/** An image's influence on the variance is t − 2·mean·y and a constant; the sums give its spread. */
function groupMoments(sums: Float64Array, at: number, points: number): GroupMoments {
  const average = (place: number): number => sums[at + place]! / points;
  const [y, yy, t, tt, ty] = [average(0), average(1), average(2), average(3), average(4)] as const;
  const between = Math.max(yy - y * y, 0);
  const variance = t - y * y;
  const spread = Math.max(tt - t * t - 4 * y * (ty - t * y) + 4 * y * y * between, 0);
  return {
    mean: y,
    variance,
    meanError: between / (points - 1),
    varianceError: spread / (points - 1),
  };
}

/** Returns |x| / √squaredError, 0 where that is rounding. */
function inErrors(x: number, squaredError: number): number {
  return Math.abs(x) <= RESOLUTION ? 0 : Math.abs(x) / Math.sqrt(squaredError);
}

function largestOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) if (value > largest) largest = value;
  return largest;
}
