import { describe, expect, it } from 'vitest';
import { biasedMmd, unbiasedMmd } from '../../../src/stats/mmd.ts';
import { PooledKernels, type BandwidthRule } from '../../../src/stats/mmdKernels.ts';
import { normalStream } from '../../../src/stats/normal.ts';
import { randomStream } from '../../../src/stats/random.ts';
import type { Sample } from '../../../src/stats/sample.ts';
import reference from '../../fixtures/stats/mmd.json';
import { drawSample, sampleOf } from './samples.ts';

const RULES: readonly BandwidthRule[] = ['five-kernels', 'median'];

function unbiased(a: Sample, b: Sample, rule: BandwidthRule = 'five-kernels'): number {
  return unbiasedMmd(new PooledKernels(a, b, rule)).mmd2;
}

describe.each(RULES)('MMD² by the rule %s', (rule) => {
  it.each(reference.estimates)("is scikit-learn's, biased and unbiased", ({ a, b, by }) => {
    const kernels = new PooledKernels(sampleOf(a), sampleOf(b), rule);
    const expected = by.find((entry) => entry.rule === rule);
    const facts = { bandwidthRule: rule, n: a.length, m: b.length };
    const [biased, unbiased] = [biasedMmd(kernels), unbiasedMmd(kernels)];
    expect(biased).toMatchObject({ ...facts, estimator: 'biased' });
    expect(unbiased).toMatchObject({ ...facts, estimator: 'unbiased' });
    expect(biased.mmd2).toBeCloseTo(expected?.biased ?? NaN, 12);
    expect(unbiased.mmd2).toBeCloseTo(expected?.unbiased ?? NaN, 12);
    expect(unbiased.bandwidths).toHaveLength(expected?.bandwidths.length ?? NaN);
    unbiased.bandwidths.forEach((bandwidth, kernel) => {
      expect(bandwidth).toBeCloseTo(expected?.bandwidths[kernel] ?? NaN, 10);
    });
  });

  it('ignores the order of the samples', () => {
    const normal = normalStream(randomStream(2, 'mmd order'));
    const [a, b] = [drawSample(40, 2, normal), drawSample(30, 2, () => 1 + normal())];
    expect(unbiased(b, a, rule)).toBeCloseTo(unbiased(a, b, rule), 12);
  });

  it('is zero when all points are one', () => {
    const points = sampleOf([
      [3, 4],
      [3, 4],
    ]);
    const kernels = new PooledKernels(points, points, rule);
    expect(unbiasedMmd(kernels).mmd2).toBe(0);
    expect(biasedMmd(kernels).mmd2).toBe(0);
  });

  it('is NaN when a point is, or is infinite', () => {
    const points = sampleOf([[1], [2], [4]]);
    for (const odd of [NaN, Infinity, -Infinity]) {
      expect(unbiased(points, sampleOf([[1], [odd]]), rule)).toBeNaN();
      expect(unbiased(points, sampleOf([[odd], [odd]]), rule)).toBeNaN();
    }
  });
});

describe('the unbiased MMD²', () => {
  it('is zero on average, and negative about half of the time, when nothing differs', () => {
    const normal = normalStream(randomStream(1, 'mmd null'));
    const estimates = Array.from({ length: 400 }, () =>
      unbiased(drawSample(12, 2, normal), drawSample(9, 2, normal)),
    );
    const mean = estimates.reduce((sum, value) => sum + value, 0) / 400;
    const square = estimates.reduce((sum, value) => sum + value * value, 0) / 400;
    expect(Math.abs(mean)).toBeLessThan(3 * Math.sqrt(square / 400));
    const negative = estimates.filter((value) => value < 0).length / 400;
    expect(negative).toBeGreaterThan(0.4);
    expect(negative).toBeLessThan(0.75);
  });

  it('rises with the distance', () => {
    const normal = normalStream(randomStream(2, 'mmd shift'));
    const here = drawSample(40, 2, normal);
    const [near, far] = [1, 3].map((mean) =>
      unbiased(
        here,
        drawSample(40, 2, () => mean + normal()),
      ),
    );
    expect(near).toBeGreaterThan(0);
    expect(far).toBeGreaterThan(near ?? NaN);
  });
});

it('refuses samples that it cannot compare', () => {
  const points = sampleOf([[1], [2]]);
  const kernels = (b: Sample) => () => new PooledKernels(points, b, 'median');
  expect(kernels(sampleOf([[1]]))).toThrow('cannot compare 2 points with 1: 2 are needed');
  const flat = sampleOf([
    [1, 1],
    [2, 2],
  ]);
  expect(kernels(flat)).toThrow('cannot compare 1 dimensions with 2');
});

it('compares equal points as equal where most of them are, under the median rule', () => {
  const kernels = new PooledKernels(
    sampleOf([[0], [0], [0], [0]]),
    sampleOf([[0], [0], [0], [5]]),
    'median',
  );
  // The median distance is 0, so that the kernel only tells whether points are equal.
  const { mmd2, bandwidths } = unbiasedMmd(kernels);
  expect(bandwidths).toEqual([0]);
  expect(mmd2).toBeCloseTo(1 + 3 / 6 - 2 * (12 / 16), 12);
});
