/**
 * Returns what the squared length of a Gaussian vector exceeds with probability `level` at most
 * (but for what the approximations err by, below), given its correlations only in sum.
 *
 * The squared length is Σ λ·χ²₁ over the eigenvalues λ of the correlation matrix R: its mean is
 * Σλ = K, its variance 2·Σλ² and its third cumulant 8·Σλ³. Σλ³ is largest, with K and Σλ² given,
 * if one eigenvalue is as large as they allow (Wolkowicz & Styan 1980) and all others are equal;
 * the quantile is that of the χ² with three such cumulants, stretched and moved (Hall 1983;
 * Buckley & Eagleson 1988), itself approximated by the cube of a normal (Wilson & Hilferty 1931).
 *
 * Of two components that are the same, K = 2 and tr(R²) = 4, where the length is 2·χ²₁, the result
 * is 2.4% too low at a level of 0.05 (exceeded with probability 0.053) and 0.7% at 0.01, but 3% too
 * high at 1e-3, 15% at 1e-6 and 22% at 1e-8: so far out it errs to the safe side.
 *
 * @param components K, at least 1; each has variance 1
 * @param correlationSquares Σλ² = tr(R²), from K (independent) to K² (all the same)
 * @param level in (0, ½]
 */
export function chiSquareSumQuantile(
  components: number,
  correlationSquares: number,
  level: number,
): number {
  const others = Math.max(components - 1, 1);
  const largest = 1 + Math.sqrt(others * (correlationSquares / components - 1));
  const cubes = largest ** 3 + (components - largest) ** 3 / others ** 2;
  const freedom = correlationSquares ** 3 / cubes ** 2;
  const deviations = (chiSquareQuantile(freedom, level) - freedom) / Math.sqrt(2 * freedom);
  return components + Math.sqrt(2 * correlationSquares) * deviations;
}

function chiSquareQuantile(freedom: number, level: number): number {
  const variance = 2 / (9 * freedom);
  return freedom * (1 - variance + normalQuantile(level) * Math.sqrt(variance)) ** 3;
}

/** Returns what a standard normal exceeds with probability `level` (Hastings; A&S 26.2.23). */
export function normalQuantile(level: number): number {
  const t = Math.sqrt(-2 * Math.log(level));
  return (
    t -
    (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  );
}
