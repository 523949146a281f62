import { describe, expect, it } from 'vitest';
import { pairedDifference } from '../../../src/stats/pairedDifference.ts';

/** ln(n!) for n up to 200. */
const LOG_FACTORIALS = Array.from({ length: 201 }, () => 0);
for (let n = 1; n <= 200; n++) LOG_FACTORIALS[n] = (LOG_FACTORIALS[n - 1] ?? 0) + Math.log(n);

/** The chance of `gained` and `lost` among n trials. */
function probability(n: number, gained: number, lost: number, p: number, q: number): number {
  const rest = n - gained - lost;
  const [all = 0, a = 0, b = 0, c = 0] = [n, gained, lost, rest].map((k) => LOG_FACTORIALS[k]);
  const log = (count: number, share: number) => (count === 0 ? 0 : count * Math.log(share));
  return Math.exp(all - a - b - c + log(gained, p) + log(lost, q) + log(rest, 1 - p - q));
}

describe('the interval of a paired difference', () => {
  it.each([
    [20, 0.1, 0.05],
    [50, 0.02, 0.02],
    [50, 0.3, 0.1],
    [200, 0.05, 0],
    [200, 0.01, 0.03],
  ])('holds the truth in about 95%% of cases: n = %i, %f gained, %f lost', (n, p, q) => {
    let coverage = 0;
    for (let gained = 0; gained <= n; gained++) {
      for (let lost = 0; gained + lost <= n; lost++) {
        const { low, high } = pairedDifference(gained, lost, n);
        if (low <= p - q && p - q <= high) coverage += probability(n, gained, lost, p, q);
      }
    }
    expect(coverage).toBeGreaterThan(0.93);
  });

  it('turns round with the treatments, and narrows with the trials', () => {
    const one = pairedDifference(9, 4, 100);
    const other = pairedDifference(4, 9, 100);
    expect(one.difference).toBeCloseTo(0.05, 12);
    expect([other.difference, other.low, other.high]).toEqual([
      -one.difference,
      -one.high,
      -one.low,
    ]);
    const many = pairedDifference(900, 400, 10_000);
    expect(many.high - many.low).toBeLessThan((one.high - one.low) / 8);
  });

  it('is everything without trials', () => {
    expect(pairedDifference(0, 0, 0)).toEqual({ difference: 0, low: -1, high: 1 });
  });
});
