import { describe, expect, it } from 'vitest';
import { unbiasedMmd, type Sample } from '../../../src/stats/mmd.ts';
import { randomStream } from '../../../src/stats/random.ts';
import reference from '../../fixtures/stats/reference.json';
import { normalStream } from './batches.ts';

function sample(points: readonly (readonly number[])[]): Sample {
  return {
    values: Float32Array.from(points.flat()),
    count: points.length,
    dimensions: points[0]?.length ?? 0,
  };
}

function gaussianSample(normal: () => number, count: number, mean: number): Sample {
  return sample(Array.from({ length: count }, () => [mean + normal(), normal()]));
}

describe('unbiasedMmd', () => {
  it('agrees with the definition, pair by pair', () => {
    const { x, y, mmd2, bandwidths } = reference.mmd;
    const estimate = unbiasedMmd(sample(x), sample(y));
    expect(estimate.mmd2).toBeCloseTo(mmd2, 10);
    expect(estimate).toMatchObject({ estimator: 'unbiased', n: 6, m: 8 });
    estimate.bandwidths.forEach((bandwidth, kernel) => {
      expect(bandwidth).toBeCloseTo(bandwidths[kernel]!, 10);
    });
  });

  it('is zero on average, and negative about half of the time, when nothing differs', () => {
    const normal = normalStream(randomStream(1, 'mmd null'));
    const estimates = Array.from(
      { length: 400 },
      () => unbiasedMmd(gaussianSample(normal, 12, 0), gaussianSample(normal, 9, 0)).mmd2,
    );
    const mean = estimates.reduce((sum, value) => sum + value, 0) / 400;
    const square = estimates.reduce((sum, value) => sum + value * value, 0) / 400;
    expect(Math.abs(mean)).toBeLessThan(3 * Math.sqrt(square / 400));
    const negative = estimates.filter((value) => value < 0).length / 400;
    expect(negative).toBeGreaterThan(0.4);
    expect(negative).toBeLessThan(0.75);
  });

  it('rises with the distance and ignores the order of the samples', () => {
    const normal = normalStream(randomStream(2, 'mmd shift'));
    const here = gaussianSample(normal, 40, 0);
    const [near, far] = [gaussianSample(normal, 40, 1), gaussianSample(normal, 40, 3)];
    expect(unbiasedMmd(here, near).mmd2).toBeGreaterThan(0);
    expect(unbiasedMmd(here, far).mmd2).toBeGreaterThan(unbiasedMmd(here, near).mmd2);
    expect(unbiasedMmd(far, here).mmd2).toBeCloseTo(unbiasedMmd(here, far).mmd2, 12);
  });

  it('is zero when all points are one', () => {
    const points = sample([
      [3, 4],
      [3, 4],
    ]);
    expect(unbiasedMmd(points, points).mmd2).toBe(0);
  });

  it('is NaN when a point is', () => {
    const points = sample([[1], [2]]);
    expect(unbiasedMmd(points, sample([[1], [NaN]])).mmd2).toBeNaN();
    expect(unbiasedMmd(points, sample([[1], [Infinity]])).mmd2).toBeNaN();
  });

  it('refuses samples that it cannot compare', () => {
    const points = sample([[1], [2]]);
    expect(() => unbiasedMmd(points, sample([[1]]))).toThrow(RangeError);
    expect(() =>
      unbiasedMmd(
        points,
        sample([
          [1, 1],
          [2, 2],
        ]),
      ),
    ).toThrow(RangeError);
  });
});
