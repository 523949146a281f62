import type { Interval } from './wilson.ts';

/** A mean with bounds that hold it with 95% confidence. */
export interface MeanInterval extends Interval {
  readonly mean: number;
}

/**
 * Bounds the mean of independent, about normal values with 95% confidence (Student 1908):
 * mean ± t·s/√n with n − 1 degrees of freedom. Returns null for fewer than two values.
 */
export function studentInterval(values: readonly number[]): MeanInterval | null {
  const n = values.length;
  if (n < 2) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const halfWidth = studentQuantile(n - 1, 0.975) * Math.sqrt(squares / (n - 1) / n);
  return { mean, low: mean - halfWidth, high: mean + halfWidth };
}

/**
 * Returns what Student's t with a whole number of degrees of freedom, at least 1, stays below with
 * the probability `p` in [½, 1), to 12 digits.
 */
export function studentQuantile(freedom: number, p: number): number {
  let [low, high] = [0, Math.PI / 2];
  for (;;) {
    const angle = (low + high) / 2;
    if (angle <= low || angle >= high) return Math.sqrt(freedom) * Math.tan(angle);
    if (centralProbability(freedom, angle) < 2 * p - 1) low = angle;
    else high = angle;
  }
}

/** P(|t| < √freedom·tan(angle)), a finite sum (Abramowitz & Stegun 26.7.3, 26.7.4). */
function centralProbability(freedom: number, angle: number): number {
  const isOdd = freedom % 2 === 1;
  const cosine = Math.cos(angle);
  let term = isOdd ? cosine : 1;
  let sum = 0;
  for (let k = isOdd ? 3 : 2; k <= freedom; k += 2) {
    sum += term;
    term *= ((k - 1) / k) * cosine ** 2;
  }
  return isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
