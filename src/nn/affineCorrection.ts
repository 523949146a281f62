import type { TestNormalization } from './domainSegment.ts';

/**
 * Constants that change what γ and β make of the normalized x̂ into
 * y = gain·(γ·(stretch·x̂ + shift) + β); flat [segments, channels] each. What is left out changes
 * nothing.
 */
export interface Correction {
  readonly gain?: Float32Array;
  readonly stretch?: Float32Array;
  readonly shift?: Float32Array;
}

/** γ and β, or their gradients; flat [segments, channels]. */
export interface FlatParameters {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
}

/** Returns the γ and β that do alone what the given ones do when corrected. */
export function correctedParameters(
  { gamma, beta }: FlatParameters,
  { gain, stretch, shift }: Correction,
): FlatParameters {
  return {
    gamma: gamma.map((value, k) => (gain?.[k] ?? 1) * (stretch?.[k] ?? 1) * value),
    beta: beta.map((value, k) => (gain?.[k] ?? 1) * (value + gamma[k]! * (shift?.[k] ?? 0))),
  };
}

/** Returns the gradients for γ and β, from those for what {@link correctedParameters} returns. */
export function correctedGradients(
  { gamma, beta }: FlatParameters,
  { gain, stretch, shift }: Correction,
): FlatParameters {
  const through = (k: number) => (stretch?.[k] ?? 1) * gamma[k]! + (shift?.[k] ?? 0) * beta[k]!;
  return {
    gamma: gamma.map((_, k) => (gain?.[k] ?? 1) * through(k)),
    beta: beta.map((value, k) => (gain?.[k] ?? 1) * value),
  };
}

/**
 * Returns the normalization of one domain that does alone what the given one does when corrected.
 * Without γ the variance takes its part; without β there must be no shift.
 */
export function correctedAtTest(
  { gamma, beta, mean, variance }: TestNormalization,
  correction: Correction,
  epsilon: number,
): TestNormalization {
  const own = correctedParameters(
    { gamma: gamma ?? mean.map(() => 1), beta: beta ?? mean.map(() => 0) },
    correction,
  );
  return {
    gamma: gamma && own.gamma,
    beta: beta && own.beta,
    mean,
    variance:
      gamma === null
        ? variance.map((value, c) => (value + epsilon) / own.gamma[c]! ** 2 - epsilon)
        : variance,
  };
}
