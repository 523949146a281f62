import { unbiasedMmd2, type MmdEstimate } from './mmd.ts';
import type { PooledKernels } from './mmdKernels.ts';
import { consecutive, subset } from './random.ts';

/** An unbiased estimate of MMD², and how often chance alone gives as much. */
export interface MmdTest extends MmdEstimate<'unbiased'> {
  /** From 1 / (1 + permutations) to 1; NaN if the samples hold NaN or infinite values. */
  readonly p: number;
  readonly permutations: number;
}

/** Where no split of the points gives more than this, they do not differ but by rounding. */
const ROUNDING = 1e-12;

/** Statistics this near to each other are equal but for rounding. */
const TIE = 1e-9;

/**
 * Tests whether two samples come from one population, with all bandwidths at once.
 *
 * The points are dealt out anew to samples of the same sizes, `permutations` times. Under each
 * kernel the estimates are measured in units of their root mean square over these splits and the
 * observed one (their mean is 0), and what counts of a split is the largest over the kernels. Since
 * the observed split is treated as all others, p = (1 + those that reach it) / (1 + permutations)
 * is at most α with a probability of at most α, for any sample sizes and number of bandwidths
 * (Phipson & Smyth 2010; the normalization is that of MMD-FUSE, Biggs et al. 2023). Points must be
 * exchangeable under the null hypothesis, as independent images are.
 *
 * @param random uniform numbers in [0, 1)
 */
export function permutationTest(
  kernels: PooledKernels,
  permutations: number,
  random: () => number,
): MmdTest {
  const { bandwidthRule, bandwidths, n, m } = kernels;
  // The split says which points are in the smaller sample, for which there is less to sum up.
  const [size, others, first] = n <= m ? [n, m, 0] : [m, n, n];
  const splits = [consecutive(size, first)];
  for (let count = 0; count < permutations; count++) {
    splits.push(subset(size, n + m, random));
  }
  let mmd2 = 0;
  const largest = new Float64Array(splits.length).fill(-Infinity);
  for (const kernel of kernels.widestFirst()) {
    const estimates = splits.map((split) => unbiasedMmd2(kernel.split(split), size, others));
    mmd2 += estimates[0]!;
    const unit = rootMeanSquare(estimates);
    estimates.forEach((value, split) => {
      largest[split] = Math.max(largest[split]!, unit > ROUNDING ? value / unit : 0);
    });
  }
  const reached = largest.filter((value) => value >= largest[0]! - TIE).length;
  const p = Number.isNaN(mmd2) ? NaN : reached / splits.length;
  return { mmd2, estimator: 'unbiased', bandwidthRule, bandwidths, n, m, p, permutations };
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
