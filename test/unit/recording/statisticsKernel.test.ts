import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StatisticsKernel } from '../../../src/recording/statisticsKernel.ts';
import {
  DivergenceMemory,
  pairDivergence,
  type PairDivergence,
} from '../../../src/stats/divergence.ts';
import {
  domainMoments,
  MomentsMemory,
  type DomainMoments,
  type ImageSums,
} from '../../../src/stats/moments.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { imageSums } from '../stats/batches.ts';

const IMAGES = 12;
const FIRST = 5;
const PART = 7;

const NUMBERS = [
  'gap',
  'gapSe',
  'gapFloor',
  'logVarianceRatio',
  'logVarianceRatioSe',
  'logVarianceRatioFloor',
  'components',
] as const;
const ARRAYS = ['gaps', 'meanZ', 'logVarianceZ', 'sigmaPerSe'] as const;

/** Channels of all kinds: most vary, some have an outlier, a constant, a NaN or an overflow. */
function batch(channels: number, pixels: number): ImageSums {
  const random = randomStream(3, 'kernel', channels);
  return imageSums(
    { images: IMAGES, pixels, channels },
    Float32Array.from({ length: channels }, (_, channel) => channel / 8),
    (image, _pixel, channel) => {
      const value = random() + channel;
      if (channel % 7 === 2) return 3;
      if (channel % 7 === 4 && image === FIRST) return value + 100;
      if (channel % 11 === 5 && image === IMAGES - 1) return NaN;
      if (channel % 11 === 8) return value * 1e30;
      return value;
    },
  );
}

/** The batch without what is not finite. */
function finite({ sums, ...batch }: ImageSums): ImageSums {
  return { ...batch, sums: sums.map((sum) => (Math.abs(sum) < 1e20 ? sum : 1)) };
}

/** Arrays of whatever memory as plain ones. */
function plain(moments: DomainMoments): unknown {
  const entries = Object.entries(moments) as [string, number | Float64Array][];
  return entries.map(([name, value]) => [name, typeof value === 'number' ? value : [...value]]);
}

function expectSame(
  kernel: StatisticsKernel,
  sums: ImageSums,
  first: number,
  images: number,
): void {
  const influences = kernel.allocate(2 * images * sums.channels);
  const memory = kernel.moments(images, sums.channels, influences);
  const expected = domainMoments(sums, first, images);
  // Twice, as memory serves every step.
  for (let step = 0; step < 2; step++) {
    const moments = domainMoments(sums, first, images, memory);
    expect(plain(moments)).toEqual(plain(expected));
  }
}

/** The moments of two parts of a batch of either kind of memory, and how they are compared. */
function compared(
  sums: ImageSums,
  memories: readonly [MomentsMemory, MomentsMemory],
  divergence: DivergenceMemory,
): PairDivergence {
  const [a, b] = memories;
  const ofA = domainMoments(sums, 0, a.images, a);
  return pairDivergence(ofA, domainMoments(sums, a.images, b.images, b), divergence);
}

/** Tells that numbers are equal to rounding, or both NaN. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k++) {
    const [own, other] = [actual[k]!, expected[k]!];
    const error = Object.is(own, other) ? 0 : Math.abs(own - other) / Math.abs(other);
    expect(error, `${own} at ${k} is not ${other}`).toBeLessThan(1e-12);
  }
}

describe('the kernel for statistics', () => {
  const kernel = new StatisticsKernel(
    join(import.meta.dirname, '../../../dist/wasm/statistics.wasm'),
  );

  it.each([1, 2, 3, 16, 37])('gives the same bits as TypeScript for %i channels', (channels) => {
    for (const pixels of [1, 9]) {
      expectSame(kernel, batch(channels, pixels), 0, IMAGES);
      expectSame(kernel, batch(channels, pixels), FIRST, PART);
    }
  });

  it('gives the same for a single image, which has no errors', () => {
    expectSame(kernel, batch(5, 4), 3, 1);
  });

  it('keeps the arrays it gave out when its memory grows', () => {
    const early = kernel.allocate(3);
    early.fill(1);
    kernel.allocate(1 << 20);
    expect([...early]).toEqual([1, 1, 1]);
    expectSame(kernel, batch(3, 1), 0, IMAGES);
  });

  it.each([
    [1, 5, 7],
    [2, 6, 6],
    [16, 4, 8],
    [37, 7, 5],
  ])('compares domains as TypeScript does: %i channels, %i and %i images', (channels, n, m) => {
    const images = [n, m] as const;
    const ofKernel = images.map((count) =>
      kernel.moments(count, channels, kernel.allocate(2 * count * channels)),
    ) as [MomentsMemory, MomentsMemory];
    const plainly = images.map((count) => new MomentsMemory(count, channels)) as typeof ofKernel;
    const own = kernel.divergence(channels);
    for (const sums of [batch(channels, 1), finite(batch(channels, 9))]) {
      const actual = compared(sums, ofKernel, own);
      const expected = compared(sums, plainly, new DivergenceMemory(channels));
      for (const name of NUMBERS) expectClose([actual[name]], [expected[name]]);
      for (const name of ARRAYS) expectClose(actual[name], expected[name]);
      expectClose([actual.correlationSquares()], [expected.correlationSquares()]);
    }
  });
});
