import type * as tf from '@tensorflow/tfjs';
import { domainPairs, type DomainRows } from './domainPairs.ts';
import { gramLoss, type GramVerdict } from './gramLoss.ts';

/** Whether each image is compared with itself too, see {@link mmdLoss}. */
export type MmdEstimator = 'biased' | 'unbiased';

/** Kernels, each of half the σ² of the one before. */
const KERNELS = 5;

/**
 * Computes the squared maximum mean discrepancy between the domains' features, [n, d], averaged
 * over all pairs of domains; `images` are those of each domain, two at least, one domain after the
 * other. It is summed over five kernels exp(−‖x − y‖² / 2σ²) with σ² = 2ᵏ · the mean squared
 * distance between the different images of both domains, k = −3 … 1, which counts as a constant (DAN,
 * Long et al. 2015). `unbiased` (Gretton et al. 2012, eq. 3) is 0 on average when nothing differs,
 * and so negative in about half of such batches; `biased` (eq. 5) is never negative.
 */
export function mmdLoss(
  features: tf.Tensor2D,
  images: readonly number[],
  estimator: MmdEstimator,
): tf.Scalar {
  const [n] = features.shape;
  return gramLoss(features, (gram) => averagedMmd(gram, n, images, estimator), [n]);
}

function averagedMmd(
  gram: Float32Array,
  n: number,
  images: readonly number[],
  estimator: MmdEstimator,
): GramVerdict {
  const gradient = new Float64Array(n * n);
  const pairs = domainPairs(images);
  let value = 0;
  for (const pair of pairs) value += addMmd(gram, n, pair, estimator, 1 / pairs.length, gradient);
  return { value, gradient };
}

/** Returns a pair's MMD² times `weight`, and adds its derivatives for the inner products. */
function addMmd(
  gram: Float32Array,
  n: number,
  [a, b]: readonly [DomainRows, DomainRows],
  estimator: MmdEstimator,
  weight: number,
  gradient: Float64Array,
): number {
  const rows = Int32Array.of(...rowsOf(a), ...rowsOf(b));
  const distances = squaredDistances(gram, n, rows);
  const others = (estimator: MmdEstimator, count: number) =>
    estimator === 'unbiased' ? count - 1 : count;
  const [nA, nB] = [a.to - a.from, b.to - b.from];
  const withinA = (2 * weight) / (nA * others(estimator, nA));
  const withinB = (2 * weight) / (nB * others(estimator, nB));
  const between = (-2 * weight) / (nA * nB);

  let sum = 0;
  for (const distance of distances) sum += distance;
  // Of equal features every distance is 0 whatever it is measured in.
  const mean = sum / distances.length || 1;

  let value = estimator === 'biased' ? weight * KERNELS * (1 / nA + 1 / nB) : 0;
  let pair = 0;
  for (let row = 0; row < rows.length; row++) {
    const i = rows[row]!;
    for (let other = 0; other < row; other++) {
      const j = rows[other]!;
      const coefficient = row < nA ? withinA : other < nA ? between : withinB;
      // −1 / 2σ² of the widest kernel, whose σ² is twice the mean.
      let rate = -1 / (4 * mean);
      let kernel = Math.exp(rate * distances[pair++]!);
      let slope = 0;
      for (let k = 0; k < KERNELS; k++) {
        value += coefficient * kernel;
        slope += rate * kernel;
        // Half the σ² squares the kernel.
        rate *= 2;
        kernel *= kernel;
      }
      const change = coefficient * slope;
      gradient[i * n + i]! += change;
      gradient[j * n + j]! += change;
      gradient[i * n + j]! -= change;
      gradient[j * n + i]! -= change;
    }
  }
  return value;
}

/** Returns ‖xi − xj‖² of every two of some rows, each with those before it. */
function squaredDistances(gram: Float32Array, n: number, rows: Int32Array): Float64Array {
  const distances = new Float64Array((rows.length * (rows.length - 1)) / 2);
  let pair = 0;
  for (let row = 0; row < rows.length; row++) {
    const i = rows[row]!;
    const own = gram[i * n + i]!;
    for (let other = 0; other < row; other++) {
      const j = rows[other]!;
      distances[pair++] = Math.max(0, own + gram[j * n + j]! - 2 * gram[i * n + j]!);
    }
  }
  return distances;
}

function rowsOf({ from, to }: DomainRows): number[] {
  return Array.from({ length: to - from }, (_, row) => from + row);
}
