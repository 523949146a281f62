import type * as tf from '@tensorflow/tfjs';
import { domainPairs } from './domainPairs.ts';
import { gramLoss, type GramVerdict } from './gramLoss.ts';

/**
 * Computes ‖Ca − Cb‖² / 4d² between the covariances, [d, d], of two domains' features, [n, d],
 * averaged over all pairs of domains: deep CORAL (Sun & Saenko 2016), covariances divided by n − 1.
 * `images` are those of each domain, two at least, one domain after the other.
 *
 * The squared Frobenius norm needs no covariance: with the domains' means taken off and sᵢ =
 * 1 / (na − 1) for the images of a and −1 / (nb − 1) for those of b it is Σᵢⱼ sᵢ·sⱼ·(xᵢ·xⱼ)².
 */
export function coralLoss(features: tf.Tensor2D, images: readonly number[]): tf.Scalar {
  const [n, d] = features.shape;
  return gramLoss(features, (gram) => averagedDistance(gram, n, d, images), images);
}

function averagedDistance(
  gram: Float32Array,
  n: number,
  d: number,
  images: readonly number[],
): GramVerdict {
  const gradient = new Float64Array(n * n);
  const pairs = domainPairs(images);
  let value = 0;
  for (const pair of pairs) {
    const scales = new Float64Array(n);
    pair.forEach(({ from, to }, side) => {
      scales.fill((side === 0 ? 1 : -1) / (to - from - 1), from, to);
    });
    const factor = 1 / (4 * d ** 2 * pairs.length);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const product = gram[i * n + j]!;
        const scale = factor * scales[i]! * scales[j]!;
        value += scale * product ** 2;
        gradient[i * n + j]! += 2 * scale * product;
      }
    }
  }
  return { value, gradient };
}
