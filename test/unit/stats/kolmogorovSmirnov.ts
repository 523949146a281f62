/**
 * Returns the p-value of Kolmogorov and Smirnov's test that p-values of a permutation test are
 * uniform on the multiples of 1 / (1 + permutations), which is conservative for a discrete
 * distribution (Stephens's approximation).
 */
export function uniformityP(values: readonly number[], permutations: number): number {
  const n = values.length;
  const levels = permutations + 1;
  let distance = 0;
  for (let level = 1; level <= levels; level++) {
    const below = values.filter((p) => p < (level + 0.5) / levels).length;
    distance = Math.max(distance, Math.abs(below / n - level / levels));
  }
  const scaled = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * distance;
  let p = 0;
  for (let k = 1; k <= 100; k++) p += 2 * (-1) ** (k - 1) * Math.exp(-2 * (k * scaled) ** 2);
  return Math.min(1, p);
}
