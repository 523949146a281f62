/** Turns a stream of uniform numbers into standard normal ones (Marsaglia's polar method). */
export function normalStream(uniform: () => number): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const normal = spare;
      spare = null;
      return normal;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) {
        const scale = Math.sqrt((-2 * Math.log(square)) / square);
        spare = y * scale;
        return x * scale;
      }
    }
  };
}

/**
 * Returns the probability that a standard normal number exceeds `z`, to 13 digits of it in both
 * tails; down to 0 where it is below the range of a double.
 *
 * Near the middle it is the series ½ − φ(z)·(z + z³/3 + z⁵/15 + …), in the tails Laplace's
 * continued fraction φ(z)/(z + 1/(z + 2/(z + 3/(z + …)))) (Abramowitz & Stegun 26.2.11, 26.2.14).
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let odd = 3; term > 1e-17 * sum; odd += 2) {
      term *= (z * z) / odd;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = z;
  for (let level = 120; level > 0; level--) fraction = z + level / fraction;
  return density / fraction;
}
