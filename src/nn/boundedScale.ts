import type { CorrectionScheme } from './domainScheme.ts';

/**
 * Keeps what a layer multiplies a channel by, |γ|/√(σ² + ε), at or below `bound`: a larger γ counts
 * as the one that meets it. The factor is a constant to the gradient.
 */
export function boundedScale(bound: number): CorrectionScheme {
  return () =>
    ({ segments, channels, epsilon, gamma, used }) => ({
      stretch: Float32Array.from({ length: segments.length * channels }, (_, k) => {
        const deviation = Math.sqrt(used.variance[k % used.variance.length]! + epsilon);
        return Math.min(1, (bound * deviation) / Math.abs(gamma[k % gamma.length]!));
      }),
    });
}
