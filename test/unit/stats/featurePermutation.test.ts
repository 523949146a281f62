import { describe, expect, it } from 'vitest';
import { featureTest } from '../../../src/stats/featurePermutation.ts';
import { normalStream } from '../../../src/stats/normal.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { imageMoments, type ImageMoments } from '../../../src/stats/streamingMoments.ts';

/** Images of some pixels, [pixels · features], each value drawn by its feature. */
function draw(
  images: number,
  pixels: number,
  features: number,
  value: (feature: number, common: number) => number,
  normal: () => number,
): ImageMoments[] {
  return Array.from({ length: images }, () => {
    const common = normal();
    return imageMoments(
      Array.from({ length: pixels * features }, (_, at) => value(at % features, common)),
      features,
    );
  });
}

describe('featureTest', () => {
  it('finds any of many features of one population in at most 5 of 100 comparisons', () => {
    const normal = normalStream(randomStream(1, 'null'));
    // Few images, heavy tails, correlated features: where standard errors mislead most.
    const value = (_feature: number, common: number): number => Math.exp(common + normal());
    let found = 0;
    const REPEATS = 300;
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const [a, b] = [12, 9].map((images) => draw(images, 2, 10, value, normal)) as [
        ImageMoments[],
        ImageMoments[],
      ];
      const { meanP, varianceP } = featureTest(a, b, 99, randomStream(repeat, 'deals'));
      if (Math.min(...meanP, ...varianceP) <= 0.05) found++;
    }
    // Four binomial deviations above 5%.
    expect(found / REPEATS).toBeLessThan(0.05 + 4 * Math.sqrt((0.05 * 0.95) / REPEATS));
    expect(found).toBeGreaterThan(0);
  });

  it('names the features that differ, and how', () => {
    const normal = normalStream(randomStream(2, 'differ'));
    const a = draw(60, 1, 8, normal, normal);
    const shifted = (feature: number): number =>
      feature === 3 ? normal() + 1.5 : feature === 5 ? 3 * normal() : normal();
    const b = draw(80, 1, 8, shifted, normal);
    const { meanP, varianceP } = featureTest(a, b, 499, randomStream(3, 'deals'));
    const differing = (p: Float64Array): number[] =>
      [...p.keys()].filter((feature) => p[feature]! <= 0.05);
    expect(differing(meanP)).toEqual([3]);
    expect(differing(varianceP)).toEqual([5]);
    expect(meanP[3]).toBe(1 / 500);
  });

  it('finds a feature that differs beside one that is nearly always 0', () => {
    const normal = normalStream(randomStream(4, 'rare'));
    const images = (count: number, gap: number): ImageMoments[] =>
      Array.from({ length: count }, (_, image) =>
        // The second feature is not 0 in two rows of each set: all on one side in 1 of 8 deals.
        imageMoments([normal() + gap, image < 2 ? 1 : 0], 2),
      );
    const { meanP, varianceP } = featureTest(
      images(60, 0),
      images(60, 1.5),
      199,
      randomStream(5, 'deals'),
    );
    expect(meanP[0]).toBe(1 / 200);
    expect(Math.min(meanP[1]!, varianceP[1]!)).toBeGreaterThan(0.05);
  });

  it('takes the share of deals whose largest statistic reaches that of the feature', () => {
    // Of the 20 deals of six images into threes, only this one and its mirror image are as far apart.
    const of = (...values: number[]): ImageMoments[] =>
      values.map((value) => imageMoments([value], 1));
    const { meanP } = featureTest(of(1, 2, 3), of(7, 8, 9), 20_000, randomStream(4, 'deals'));
    expect(meanP[0]).toBeCloseTo(2 / 20, 2);
  });

  it('gives the same whatever the units, and at a large offset', () => {
    const normal = normalStream(randomStream(5, 'units'));
    const [a, b] = [0, 0.4].map((shift) => draw(20, 3, 2, () => normal() + shift, normal)) as [
      ImageMoments[],
      ImageMoments[],
    ];
    const inUnits = (images: ImageMoments[]): ImageMoments[] =>
      images.map(({ mean, variance }) => ({
        mean: mean.map((value) => 1e6 + value / 8),
        variance: variance.map((value) => value / 64),
      }));
    const plain = featureTest(a, b, 199, randomStream(6, 'deals'));
    expect(featureTest(inUnits(a), inUnits(b), 199, randomStream(6, 'deals'))).toEqual(plain);
  });

  it('has nothing to say of a constant, and much of one that is constant in one set only', () => {
    const normal = normalStream(randomStream(7, 'constant'));
    const a = draw(30, 1, 2, () => 5, normal);
    const b = draw(30, 1, 2, (feature) => (feature === 0 ? 5 : 5 + normal()), normal);
    const { meanP, varianceP } = featureTest(a, b, 199, randomStream(8, 'deals'));
    expect([meanP[0], varianceP[0]]).toEqual([1, 1]);
    expect(varianceP[1]).toBe(1 / 200);
  });

  it('refuses a single image', () => {
    const one = [imageMoments([1], 1)];
    expect(() => featureTest(one, [...one, ...one], 9, Math.random)).toThrow(RangeError);
  });
});
