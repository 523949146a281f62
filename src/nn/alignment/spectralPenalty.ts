import type * as tf from '@tensorflow/tfjs';
import { domainRows, type DomainRows } from './domainPairs.ts';
import { gramLoss, type GramVerdict } from './gramLoss.ts';

/** The power iteration ends when a step changes σ² by less than this share, or after so many. */
const TOLERANCE = 1e-13;
const MOST_STEPS = 1_000;

/**
 * Computes Σ σ² over the domains, σ being the largest singular value of a domain's features, [n, d]:
 * batch spectral penalization with k = 1 (Chen et al., ICML 2019). `images` are those of each domain,
 * one domain after the other.
 *
 * σ² is the largest eigenvalue of FᵀF and of the smaller FFᵀ, found by power iteration on the latter;
 * with the unit vectors u of FFᵀ and v of FᵀF, ∂σ²/∂F = 2Fvvᵀ = 2uuᵀF.
 */
export function spectralPenalty(features: tf.Tensor2D, images: readonly number[]): tf.Scalar {
  const [n] = features.shape;
  return gramLoss(features, (gram) => penalty(gram, n, images));
}

function penalty(gram: Float32Array, n: number, images: readonly number[]): GramVerdict {
  const gradient = new Float64Array(n * n);
  let value = 0;
  for (const rows of domainRows(images)) {
    const { eigenvalue, vector } = largestEigenvalue(gram, n, rows);
    value += eigenvalue;
    vector.forEach((own, i) => {
      vector.forEach((other, j) => {
        gradient[(rows.from + i) * n + rows.from + j] = own * other;
      });
    });
  }
  return { value, gradient };
}

/** Finds the largest eigenvalue of a domain's block of the inner products, and its unit vector. */
function largestEigenvalue(gram: Float32Array, n: number, { from, to }: DomainRows) {
  const size = to - from;
  const at = (row: number): number => (from + row) * n + from;
  let longest = 0;
  for (let i = 1; i < size; i++) {
    if (gram[at(i) + i]! > gram[at(longest) + longest]!) longest = i;
  }
  let eigenvalue = gram[at(longest) + longest]!;
  const vector = new Float64Array(size);
  vector[longest] = 1;
  const next = new Float64Array(size);
  for (let step = 0; step < MOST_STEPS; step++) {
    let squares = 0;
    for (let i = 0; i < size; i++) {
      const row = at(i);
      let sum = 0;
      for (let j = 0; j < size; j++) sum += gram[row + j]! * vector[j]!;
      next[i] = sum;
      squares += sum * sum;
    }
    // Features that are all 0 have no direction.
    if (squares === 0) break;
    const before = eigenvalue;
    eigenvalue = Math.sqrt(squares);
    for (let i = 0; i < size; i++) vector[i] = next[i]! / eigenvalue;
    if (Math.abs(eigenvalue - before) <= TOLERANCE * eigenvalue) break;
  }
  return { eigenvalue, vector };
}
