import { median } from '../src/stats/median.ts';

/** A median of measurements. */
export interface Estimate {
  readonly median: number;
  /** The interval that holds the median with 95% confidence; null of fewer than six rounds. */
  readonly interval: readonly [number, number] | null;
  readonly rounds: number;
}

/** Returns how often longer one steps than another: the median of the rounds' own ratios. */
export function ratioOf(a: readonly number[], b: readonly number[]): Estimate {
  const rounds = Math.min(a.length, b.length);
  return estimateMedian(Array.from({ length: rounds }, (_, round) => a[round]! / b[round]!));
}

/**
 * Returns the median of what was measured in several rounds and the order statistics that enclose
 * it (exact for any distribution; Conover 1999, section 3.2).
 */
export function estimateMedian(values: readonly number[]): Estimate {
  const sorted = values.toSorted((x, y) => x - y);
  const rounds = sorted.length;
  const outside = ranksOutside(rounds);
  return {
    median: median(sorted),
    interval: outside === 0 ? null : [sorted[outside - 1]!, sorted[rounds - outside]!],
    rounds,
  };
}

/** Writes a median with its interval: `0.93 (0.91–0.96)`. */
export function formatEstimate({ median: middle, interval }: Estimate): string {
  return interval === null
    ? threeDigits(middle)
    : `${threeDigits(middle)} (${threeDigits(interval[0])}–${threeDigits(interval[1])})`;
}

/** Writes a positive number without more digits than were measured. */
export function threeDigits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The largest rank r with P(Binomial(n, ½) < r) ≤ 2.5%. */
function ranksOutside(n: number): number {
  let probability = 0.5 ** n;
  let below = probability;
  let rank = 0;
  while (below <= 0.025) {
    rank += 1;
    probability *= (n - rank + 1) / rank;
    below += probability;
  }
  return rank;
}
