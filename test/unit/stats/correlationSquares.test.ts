import { describe, expect, it } from 'vitest';
import {
  correlationSquares,
  type CorrelationSquares,
} from '../../../src/stats/correlationSquares.ts';
import { pairDivergence } from '../../../src/stats/divergence.ts';
import { domainMoments, type DomainMoments } from '../../../src/stats/moments.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { drawBatch, normalStream } from './batches.ts';

/** Rows that are orthogonal, have mean zero and entries ±1: all of Hadamard's matrix but the first. */
function orthogonal(images: number): number[][] {
  const bits = (value: number): number => (value === 0 ? 0 : (value & 1) + bits(value >> 1));
  return Array.from({ length: images - 1 }, (_, row) =>
    Array.from({ length: images }, (_, image) => ((bits((row + 1) & image) & 1) === 0 ? 1 : -1)),
  );
}

/** A domain whose images have these influences, one row per component: means, then log variances. */
function withInfluences(components: readonly (readonly number[])[]): DomainMoments {
  const channels = components.length / 2;
  const images = components[0]!.length;
  const influences = (rows: readonly (readonly number[])[]): Float64Array =>
    Float64Array.from({ length: images * channels }, (_, index) => {
      return rows[index % channels]![Math.floor(index / channels)]!;
    });
  const errors = (rows: readonly (readonly number[])[]): Float64Array =>
    Float64Array.from(rows, (row) => {
      const squares = row.reduce((sum, value) => sum + value * value, 0);
      return Math.sqrt(squares / (images * (images - 1)));
    });
  const [means, logVariances] = [components.slice(0, channels), components.slice(channels)];
  return {
    images,
    pixels: 1,
    channels,
    mean: new Float64Array(channels),
    variance: new Float64Array(channels).fill(1),
    meanSe: errors(means),
    logVarianceSe: errors(logVariances),
    meanInfluence: influences(means),
    logVarianceInfluence: influences(logVariances),
  };
}

const total = ({ means, logVariances, between }: CorrelationSquares): number =>
  means + 2 * between + logVariances;

const all = (components: number) => new Array<number>(components).fill(1);

describe('correlationSquares', () => {
  const columns = orthogonal(8);

  it('is the number of components if no two are correlated', () => {
    const domain = withInfluences(columns.slice(0, 6));
    expect(total(correlationSquares(domain, domain, all(6)))).toBeCloseTo(6, 12);
  });

  it('is the square of their number if all are the same, in however many images', () => {
    const eight = withInfluences(new Array<number[]>(6).fill(columns[0]!));
    const four = withInfluences(new Array<number[]>(6).fill(orthogonal(4)[0]!));
    expect(total(correlationSquares(eight, four, all(6)))).toBeCloseTo(36, 12);
  });

  it('adds up the squares of groups of equal or opposite components of any size', () => {
    const [one, two, three] = [columns[0]!, columns[1]!, columns[2]!];
    const opposite = one.map((value) => -5 * value);
    const domain = withInfluences([one, opposite, one, two, two, three]);
    expect(total(correlationSquares(domain, domain, all(6)))).toBeCloseTo(9 + 4 + 1, 12);
  });

  it('leaves out components that do not contribute', () => {
    const nothing = new Array<number>(8).fill(NaN);
    const domain = withInfluences([columns[0]!, columns[1]!, columns[0]!, nothing]);
    const squares = correlationSquares(domain, domain, [1, 1, 1, 0]);
    expect(total(squares)).toBeCloseTo(4 + 1, 12);
  });

  it('tells means from log variances, and weighs them', () => {
    const [one, two] = [columns[0]!, columns[1]!];
    const domain = withInfluences([one, two, one, one]);
    const { means, logVariances, between } = correlationSquares(domain, domain, [2, 3, 5, 7]);
    expect(means).toBeCloseTo(2 ** 2 + 3 ** 2, 10);
    expect(logVariances).toBeCloseTo((5 + 7) ** 2, 10);
    expect(between).toBeCloseTo(2 * (5 + 7), 10);
  });

  it('does not take chance for correlation, whether batches are large or small', () => {
    const normal = normalStream(randomStream(1, 'correlation squares'));
    const average = (correlation: number, images: number): number => {
      let total = 0;
      for (let draw = 0; draw < 200; draw++) {
        const [a, b] = [0, 1].map(() =>
          domainMoments(drawBatch(normal, images, 16, { correlation })),
        ) as [DomainMoments, DomainMoments];
        total += pairDivergence(a, b).correlationSquares();
      }
      return total / 200;
    };
    for (const images of [16, 64]) {
      // Log variances of Gaussian values with correlation r are correlated by r².
      for (const r of [0, 0.5, 0.9]) {
        const ratio = average(r, images) / (32 + 16 * 15 * (r ** 2 + r ** 4));
        expect(ratio).toBeGreaterThan(0.9);
        expect(ratio).toBeLessThan(1.1);
      }
    }
  });

  it('is not a number for a single image', () => {
    const single = withInfluences([[0], [0]]);
    expect(total(correlationSquares(single, single, all(2)))).toBeNaN();
  });
});
