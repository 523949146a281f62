import { describe, expect, it } from 'vitest';
import { formatEstimate, ratioOf } from '../../../bench/ratio.ts';

const times = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('the ratio of step times', () => {
  it('is the median of the ratios within rounds, which a slow round leaves unchanged', () => {
    expect(ratioOf([2, 200, 2], [1, 100, 1]).median).toBe(2);
  });

  it('is the average of the two in the middle of an even number', () => {
    expect(ratioOf([1, 2], [1, 1]).median).toBe(1.5);
    expect(ratioOf([9, 1, 4, 2], [1, 1, 1, 1]).median).toBe(3);
  });

  it('counts only rounds in which both took part', () => {
    expect(ratioOf([3, 3, 9, 9], [1, 1])).toMatchObject({ median: 3, rounds: 2 });
  });

  // Ranks of the sign test's two-sided 5% limits, as tables of the binomial distribution give them.
  it.each([
    [6, 1, 6],
    [8, 1, 8],
    [9, 2, 8],
    [15, 4, 12],
    [16, 4, 13],
    [20, 6, 15],
    [100, 40, 61],
  ])('of %i rounds has the ratios of ranks %i and %i as its interval', (rounds, low, high) => {
    const ones = times(rounds).fill(1);
    expect(ratioOf(times(rounds), ones).interval).toEqual([low, high]);
  });

  it('has no interval where five rounds cannot give 95% confidence', () => {
    expect(ratioOf(times(5), times(5)).interval).toBeNull();
  });

  it('is written with its interval, in digits that were measured', () => {
    expect(formatEstimate({ median: 0.93456, interval: [0.91, 12.345], rounds: 16 })).toBe(
      '0.935 (0.910–12.3)',
    );
  });
});
