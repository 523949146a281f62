import { median } from '../src/stats/median.ts';

/** How often longer one contender steps than another. */
export interface Ratio {
  readonly median: number;
  /** The interval that holds the median with 95% confidence; null of fewer than six rounds. */
  readonly interval: readonly [number, number] | null;
  readonly rounds: number;
}

/**
 * Compares the step times of rounds in which both took part: the median of the rounds' own ratios,
 * and the order statistics that enclose it (exact for any distribution; Conover 1999, section 3.2).
 */
export function ratioOf(a: readonly number[], b: readonly number[]): Ratio {
  const rounds = Math.min(a.length, b.length);
  const ratios = Array.from({ length: rounds }, (_, round) => a[round]! / b[round]!).sort(
    (x, y) => x - y,
  );
  const outside = ranksOutside(rounds);
  return {
    median: median(ratios),
    interval: outside === 0 ? null : [ratios[outside - 1]!, ratios[rounds - outside]!],
    rounds,
  };
}

/** Writes a ratio with its interval: `0.93 (0.91–0.96)`. */
export function formatRatio({ median: middle, interval }: Ratio): string {
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
