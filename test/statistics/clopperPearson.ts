import type { Interval } from '../../src/stats/wilson.ts';

/** Halvings of an interval until neighbouring numbers are left. */
const HALVINGS = 60;

/**
 * Bounds a probability with 95% confidence from `successes` out of `n` independent trials, whatever
 * it is (Clopper & Pearson 1934): beyond either end, as many or as few have a chance below 2.5%.
 * The ends are quantiles of beta distributions, found by halving.
 */
export function clopperPearson(successes: number, n: number): Interval {
  const low = (p: number) => 1 - atMost(successes - 1, n, p) < 0.025;
  const high = (p: number) => atMost(successes, n, p) >= 0.025;
  return {
    low: successes === 0 ? 0 : lastThat(low),
    high: successes === n ? 1 : lastThat(high),
  };
}

/** Returns the largest p in (0, 1) with a property that only smaller ones share. */
function lastThat(holds: (p: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Returns P(Binomial(n, p) ≤ successes) for p in (0, 1). */
function atMost(successes: number, n: number, p: number): number {
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= successes; k++) {
    logTerm += Math.log((n - k + 1) / k) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return sum;
}
