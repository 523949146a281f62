import type { Bandwidths, PooledKernels, SplitSums } from './mmdKernels.ts';
import { consecutive } from './random.ts';

/** An estimate of the squared maximum mean discrepancy between two samples, summed over kernels. */
export interface MmdEstimate<E extends 'biased' | 'unbiased'> extends Bandwidths {
  readonly mmd2: number;
  readonly estimator: E;
  readonly n: number;
  readonly m: number;
}

/**
 * Estimates MMD² with every point compared with itself too (Gretton et al. 2012, eq. 5): never
 * negative, and larger than 0 on average when nothing differs. Library code: no command shows it, nor
 * the bandwidth rule `median`.
 */
export function biasedMmd(kernels: PooledKernels): MmdEstimate<'biased'> {
  const { n, m } = kernels;
  return estimate(kernels, 'biased', ({ withinA, withinB, between }) => {
    const [a, b] = [2 * withinA + n, 2 * withinB + m];
    // Rounding could make it negative where both samples are one.
    return Math.max(0, a / n ** 2 + b / m ** 2 - (2 * between) / (n * m));
  });
}

/**
 * Estimates MMD² with no point compared with itself (Gretton et al. 2012, eq. 3): 0 on average when
 * both samples come from one population, so that about half of such estimates are negative.
 */
export function unbiasedMmd(kernels: PooledKernels): MmdEstimate<'unbiased'> {
  return estimate(kernels, 'unbiased', (sums) => unbiasedMmd2(sums, kernels.n, kernels.m));
}

/** Returns the unbiased MMD² of one kernel, for samples of `n` and `m` points. */
export function unbiasedMmd2(
  { withinA, withinB, between }: SplitSums,
  n: number,
  m: number,
): number {
  const [a, b] = [withinA / (n * (n - 1)), withinB / (m * (m - 1))];
  return 2 * (a + b - between / (n * m));
}

function estimate<E extends 'biased' | 'unbiased'>(
  kernels: PooledKernels,
  estimator: E,
  mmd2Of: (sums: SplitSums) => number,
): MmdEstimate<E> {
  const { bandwidthRule, bandwidths, n, m } = kernels;
  const points = consecutive(n);
  let mmd2 = 0;
  for (const kernel of kernels.widestFirst()) mmd2 += mmd2Of(kernel.split(points));
  return { mmd2, estimator, bandwidthRule, bandwidths, n, m };
}
