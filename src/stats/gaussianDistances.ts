/** A Gaussian distribution of one number; `variance` > 0. */
export interface Gaussian {
  readonly mean: number;
  readonly variance: number;
}

/** How far two Gaussians are apart; all 0 if they are the same, and symmetric but for signs. */
export interface GaussianDistances {
  /** (mean a − mean b) / σ, with σ² the average of both variances. */
  readonly gap: number;
  /** ln(variance a / variance b). */
  readonly logVarianceRatio: number;
  /** KL(a‖b) + KL(b‖a), in nats (Jeffreys 1946). */
  readonly jeffreys: number;
  /** −ln ∫√(p·q) (Bhattacharyya 1943; for Gaussians Kailath 1967). */
  readonly bhattacharyya: number;
  /** 1 − ∫√(p·q), in [0, 1]. */
  readonly hellingerSquared: number;
  /** Squared 2-Wasserstein distance, Δmean² + (σa − σb)² (Givens & Shortt 1984), over σ². */
  readonly wassersteinSquared: number;
}

/** Names a distance of {@link GaussianDistances}. */
export type Distance = keyof GaussianDistances;

/**
 * The second-order weights of the distances: each is gap²·mean + logVarianceRatio²·logVariance up to
 * higher powers; of `gap` and `logVarianceRatio` themselves, the square is.
 */
export const SECOND_ORDER = {
  gap: { mean: 1, logVariance: 0 },
  logVarianceRatio: { mean: 0, logVariance: 1 },
  jeffreys: { mean: 1, logVariance: 1 / 2 },
  bhattacharyya: { mean: 1 / 8, logVariance: 1 / 16 },
  hellingerSquared: { mean: 1 / 8, logVariance: 1 / 16 },
  wassersteinSquared: { mean: 1, logVariance: 1 / 4 },
} as const satisfies Record<Distance, { readonly mean: number; readonly logVariance: number }>;

const DISTANCES = Object.keys(SECOND_ORDER) as readonly Distance[];

/** Makes an entry for each distance, in the order in which they are shown. */
export function byDistance<T>(entry: (distance: Distance) => T): Record<Distance, T> {
  const entries = DISTANCES.map((distance) => [distance, entry(distance)]);
  return Object.fromEntries(entries) as Record<Distance, T>;
}

/** Tells whether a distance has a sign; its average over channels is then a root mean square. */
export function isSigned(distance: Distance): boolean {
  return distance === 'gap' || distance === 'logVarianceRatio';
}

/**
 * Measures how far two Gaussians are apart.
 *
 * With d the gap and l the log variance ratio, both variances are σ²·e^±(l/2) / cosh(l/2), which
 * turns every distance into one of d and l without cancelling digits.
 */
export function gaussianDistances(a: Gaussian, b: Gaussian): GaussianDistances {
  const gap = (a.mean - b.mean) / Math.sqrt((a.variance + b.variance) / 2);
  const logVarianceRatio = Math.log(a.variance / b.variance);
  const half = Math.sinh(logVarianceRatio / 2) ** 2;
  const quarter = Math.sinh(logVarianceRatio / 4) ** 2;
  const bhattacharyya = (gap * gap) / 8 + Math.log1p(half) / 4;
  return {
    gap,
    logVarianceRatio,
    jeffreys: gap * gap * (1 + half) + 2 * half,
    bhattacharyya,
    hellingerSquared: -Math.expm1(-bhattacharyya),
    wassersteinSquared: gap * gap + (4 * quarter) / Math.sqrt(1 + half),
  };
}
