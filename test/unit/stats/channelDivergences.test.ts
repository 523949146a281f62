import { describe, expect, it } from 'vitest';
import { channelDivergences } from '../../../src/stats/channelDivergences.ts';
import {
  gaussianDistances,
  SECOND_ORDER,
  type Distance,
} from '../../../src/stats/gaussianDistances.ts';
import { imageMoments, StreamingMoments } from '../../../src/stats/streamingMoments.ts';
import reference from '../../fixtures/stats/divergences.json';

const DISTANCES = Object.keys(SECOND_ORDER) as Distance[];

describe('gaussianDistances', () => {
  it.each(reference.distances)('agrees with the integrals for $a and $b', ({ a, b, expected }) => {
    const distances = gaussianDistances(a, b);
    for (const distance of DISTANCES) {
      expect(distances[distance]).toBeCloseTo(expected[distance], 7);
    }
  });

  it('is 0 of a Gaussian and itself, and symmetric', () => {
    const [a, b] = [
      { mean: 3, variance: 2 },
      { mean: -1, variance: 0.5 },
    ];
    expect(Object.values(gaussianDistances(a, a)).every((value) => value === 0)).toBe(true);
    const [forth, back] = [gaussianDistances(a, b), gaussianDistances(b, a)];
    for (const distance of DISTANCES) {
      expect(Math.abs(forth[distance])).toBeCloseTo(Math.abs(back[distance]), 12);
    }
  });

  it('is what its second-order weights say where little differs', () => {
    for (const [mean, variance] of [
      [0.01, 1],
      [0, 1.01],
      [0.01, 0.99],
    ] as const) {
      const distances = gaussianDistances({ mean, variance }, { mean: 0, variance: 1 });
      for (const distance of DISTANCES.filter((name) => !SIGNED.includes(name))) {
        const weights = SECOND_ORDER[distance];
        const quadratic =
          weights.mean * distances.gap ** 2 + weights.logVariance * distances.logVarianceRatio ** 2;
        expect(distances[distance] / quadratic).toBeCloseTo(1, 3);
      }
    }
  });
});

const SIGNED: readonly Distance[] = ['gap', 'logVarianceRatio'];

/** The moments of images of one channel, or of several, [images, pixels, channels]. */
function momentsOf(batch: readonly (readonly (readonly number[])[])[]) {
  const channels = batch[0]![0]!.length;
  const moments = new StreamingMoments(channels);
  for (const image of batch) moments.add(imageMoments(image.flat(), channels));
  return moments.moments();
}

describe('channelDivergences', () => {
  const a = momentsOf(reference.batches.a);
  const b = momentsOf(reference.batches.b);

  it.each([0, 1, 2])('has the floors that SciPy has for channel %i', (channel) => {
    const actual = channelDivergences(a, b, channel);
    const expected = reference.channelFloors[channel]!;
    for (const distance of DISTANCES) {
      const { expected: mean, floor95, floor99 } = actual![distance];
      expect(mean / expected[distance].expected).toBeCloseTo(1, 5);
      // The quantiles are approximations.
      expect(Math.abs(floor95 / expected[distance].floor95 - 1)).toBeLessThan(0.03);
      expect(Math.abs(floor99 / expected[distance].floor99 - 1)).toBeLessThan(0.03);
    }
  });

  it('gives values of the moments over pixels', () => {
    const { gap, wassersteinSquared } = channelDivergences(a, b, 0)!;
    const sigma = Math.sqrt((a.variance[0]! + b.variance[0]!) / 2);
    const difference = a.mean[0]! - b.mean[0]!;
    expect(gap.value).toBeCloseTo(difference / sigma, 12);
    const spread = Math.sqrt(a.variance[0]!) - Math.sqrt(b.variance[0]!);
    expect(wassersteinSquared.value).toBeCloseTo((difference ** 2 + spread ** 2) / sigma ** 2, 12);
  });

  it('tells nothing where a domain is constant, or all its images agree', () => {
    const varied = momentsOf([
      [[1], [2]],
      [[3], [5]],
    ]);
    const constant = momentsOf([
      [[1], [1]],
      [[1], [1]],
    ]);
    const agreeing = momentsOf([
      [[1], [2]],
      [[1], [2]],
    ]);
    expect(channelDivergences(varied, constant, 0)).toBeNull();
    expect(channelDivergences(agreeing, agreeing, 0)).toBeNull();
    expect(channelDivergences(varied, agreeing, 0)).not.toBeNull();
  });

  it('shows a NaN', () => {
    const spoiled = momentsOf([
      [[1], [NaN]],
      [[3], [5]],
    ]);
    const divergences = channelDivergences(
      spoiled,
      momentsOf([
        [[1], [2]],
        [[3], [5]],
      ]),
      0,
    );
    expect(divergences!.jeffreys.value).toBeNaN();
    expect(divergences!.jeffreys.floor95).toBeNaN();
  });
});
