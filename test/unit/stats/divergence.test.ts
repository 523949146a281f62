import { describe, expect, it } from 'vitest';
import {
  DivergenceMemory,
  pairDivergence,
  type PairDivergence,
} from '../../../src/stats/divergence.ts';
import { domainMoments, type DomainMoments } from '../../../src/stats/moments.ts';
import { randomStream } from '../../../src/stats/random.ts';
import reference from '../../fixtures/stats/reference.json';
import { drawBatch, imageSums, normalStream } from './batches.ts';

type Batch = readonly (readonly (readonly number[])[])[];

function momentsOf(batch: Batch, shift: readonly number[]): DomainMoments {
  const shape = { images: batch.length, pixels: batch[0]!.length, channels: shift.length };
  return domainMoments(
    imageSums(shape, Float32Array.from(shift), (i, pixel, c) => batch[i]![pixel]![c]!),
  );
}

/** One pixel per image, from rows of channels. */
function ofRows(...rows: readonly (readonly number[])[]): DomainMoments {
  return momentsOf(
    rows.map((row) => [row]),
    new Array<number>(rows[0]!.length).fill(0),
  );
}

const scalars = [
  'gap',
  'gapSe',
  'gapFloor',
  'logVarianceRatio',
  'logVarianceRatioSe',
  'logVarianceRatioFloor',
] as const satisfies readonly (keyof PairDivergence)[];

const average = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / values.length;

describe('pairDivergence', () => {
  const { a, b } = reference.batches;
  const pair = pairDivergence(momentsOf(a, [0, 4, -95]), momentsOf(b, [0, 4, -95]));

  it.each(scalars)('agrees with NumPy on %s', (name) => {
    expect(pair[name] / reference.divergence[name]).toBeCloseTo(1, 4);
  });

  it('agrees with NumPy on how the errors are correlated', () => {
    expect(pair.correlationSquares() / reference.divergence.correlationSquares).toBeCloseTo(1, 4);
  });

  it.each(['meanZ', 'logVarianceZ', 'sigmaPerSe'] as const)(
    'agrees with NumPy on %s of each channel',
    (name) => {
      reference.divergence[name].forEach((value, channel) => {
        expect(pair[name][channel]).toBeCloseTo(value, 3);
      });
      expect(pair.components).toBe(6);
    },
  );

  it('knows σ over the error of n and n values without bias: √(n / 2)', () => {
    const normal = normalStream(randomStream(1, 'ratio'));
    for (const n of [2, 5, 32]) {
      const draw = (): DomainMoments => domainMoments(drawBatch(normal, n, 3));
      const { sigmaPerSe } = pairDivergence(draw(), draw());
      for (const ratio of sigmaPerSe) expect(ratio).toBeCloseTo(Math.sqrt(n / 2), 6);
    }
  });

  it('has standardized errors of size one where pixels of an image are correlated', () => {
    const normal = normalStream(randomStream(1, 'correlated pixels'));
    const shape = { images: 32, pixels: 16, channels: 8 };
    const draw = (): DomainMoments => {
      const offsets = Float64Array.from({ length: 32 * 8 }, normal);
      const contrasts = Float64Array.from({ length: 32 * 8 }, () => Math.exp(normal() / 4));
      return domainMoments(
        imageSums(shape, new Float32Array(8), (image, _pixel, channel) => {
          const at = image * 8 + channel;
          return 0.6 * offsets[at]! + contrasts[at]! * normal();
        }),
      );
    };
    const pairs = Array.from({ length: 300 }, () => pairDivergence(draw(), draw()));
    const meanSquare = (values: Float64Array): number =>
      average(Array.from(values, (value) => value * value));
    const ofMeans = average(pairs.map(({ meanZ }) => meanSquare(meanZ)));
    const ofVariances = average(pairs.map(({ logVarianceZ }) => meanSquare(logVarianceZ)));
    // Two t-distributed estimates with 31 degrees of freedom each give 1.03.
    expect(ofMeans).toBeGreaterThan(0.93);
    expect(ofMeans).toBeLessThan(1.12);
    expect(ofVariances).toBeGreaterThan(0.93);
    expect(ofVariances).toBeLessThan(1.12);
    const excess = average(pairs.map(({ gap, gapFloor }) => (gap / gapFloor) ** 2));
    expect(excess).toBeGreaterThan(0.93);
    expect(excess).toBeLessThan(1.12);
    // Counting pixels would expect a gap of √(2 / (32 · 16)).
    expect(average(pairs.map(({ gapFloor }) => gapFloor))).toBeGreaterThan(2 * Math.sqrt(2 / 512));
  });

  it('has the floors of independent Gaussian values', () => {
    const normal = normalStream(randomStream(2, 'floors'));
    const draw = (): DomainMoments => domainMoments(drawBatch(normal, 64, 50));
    const pairs = Array.from({ length: 40 }, () => pairDivergence(draw(), draw()));
    expect(average(pairs.map(({ gapFloor }) => gapFloor ** 2)) / (2 / 64)).toBeCloseTo(1, 1);
    const ratioFloor = average(pairs.map((each) => each.logVarianceRatioFloor ** 2));
    expect(ratioFloor / (4 / 63)).toBeCloseTo(1, 1);
  });

  it('knows the error of the RMS gap where channels of an image are correlated', () => {
    const normal = normalStream(randomStream(3, 'correlated channels'));
    const draw = (mean: number): DomainMoments => {
      const common = Float64Array.from({ length: 24 }, normal);
      return domainMoments(
        imageSums({ images: 24, pixels: 1, channels: 6 }, new Float32Array(6), (image) => {
          return mean + common[image]! + 0.5 * normal();
        }),
      );
    };
    const pairs = Array.from({ length: 600 }, () => pairDivergence(draw(0), draw(1.5)));
    const mean = average(pairs.map(({ gap }) => gap));
    const spread = Math.sqrt(average(pairs.map(({ gap }) => (gap - mean) ** 2)));
    const ratio = average(pairs.map(({ gapSe }) => gapSe)) / spread;
    expect(ratio).toBeGreaterThan(0.92);
    expect(ratio).toBeLessThan(1.08);
  });

  it('leaves out a channel that is constant in both domains', () => {
    const one = pairDivergence(ofRows([1], [2], [4]), ofRows([2], [5], [9]));
    const two = pairDivergence(ofRows([1, 3], [2, 3], [4, 3]), ofRows([2, 8], [5, 8], [9, 8]));
    for (const name of scalars) expect(two[name]).toBe(one[name]);
    expect(two.components).toBe(2);
    expect([two.meanZ[1], two.logVarianceZ[1], two.sigmaPerSe[1]]).toEqual([0, 0, 0]);
  });

  it('compares only the means of a channel that is constant in one domain', () => {
    const pair = pairDivergence(ofRows([0], [0], [0]), ofRows([1], [2], [3]));
    // σ² is the average of 0 and 2/3; the standard error comes from 1, 2, 3 alone.
    expect(pair.gap).toBeCloseTo(2 / Math.sqrt(1 / 3), 12);
    expect(pair.meanZ[0]).toBeCloseTo(-2 / Math.sqrt(1 / 3), 12);
    expect(pair.logVarianceRatio).toBe(0);
    expect(pair.components).toBe(1);
    expect(Number.isFinite(pair.gapSe)).toBe(true);
  });

  it('takes no evidence from a channel whose images agree up to rounding', () => {
    const normalized = (scale: number): DomainMoments =>
      momentsOf(
        Array.from({ length: 5 }, (_, image) => [[-scale], [scale * (1 + image * 1e-8)]]),
        [0],
      );
    const pair = pairDivergence(normalized(1), normalized(2));
    expect(pair.components).toBe(0);
    expect(pair.gap).toBe(0);
  });

  it('is zero when no channel varies', () => {
    const pair = pairDivergence(ofRows([1], [1]), ofRows([1], [1]));
    for (const name of scalars) expect(pair[name]).toBe(0);
  });

  it('is the same in memory that has served another pair', () => {
    const memory = new DivergenceMemory(2);
    const [constant, other] = [ofRows([1, 3], [2, 3]), ofRows([1, 2], [5, 4])];
    pairDivergence(ofRows([1, NaN], [2, 1]), other, memory);
    const { correlationSquares: again, ...values } = pairDivergence(constant, other, memory);
    const { correlationSquares, ...expected } = pairDivergence(constant, other);
    expect(values).toEqual(expected);
    expect(again()).toBe(correlationSquares());
  });

  it('is NaN when a channel is', () => {
    const pair = pairDivergence(ofRows([1, NaN], [2, 1]), ofRows([1, 2], [3, 4]));
    for (const name of scalars) expect(pair[name]).toBeNaN();
    expect(pair.meanZ[0]).not.toBeNaN();
    expect(pair.meanZ[1]).toBeNaN();
  });

  it('has a gap but no errors for a single image', () => {
    const pair = pairDivergence(ofRows([5], [7]), ofRows([1]));
    expect(pair.gap).toBeCloseTo(5 / Math.sqrt(0.5), 12);
    expect(pair.gapSe).toBeNaN();
    expect(pair.gapFloor).toBeNaN();
  });

  it('refuses domains of different layers', () => {
    expect(() => pairDivergence(ofRows([1], [2]), ofRows([1, 2], [2, 3]))).toThrow(RangeError);
  });
});
