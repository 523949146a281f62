import type * as tf from '@tensorflow/tfjs';

/**
 * Weights that are no kernels whatever their rank: a LayerNorm over several axes has γ and β of
 * rank 2, a PReLU one slope per activation, whose decay would bend it to a ReLU (He et al. 2015).
 */
const SPARED = ['bias', 'gamma', 'beta', 'alpha'];

/**
 * Tells whether weight decay shrinks a weight by default: kernels and embeddings, that is all of
 * rank 2 and more but those that are named otherwise.
 */
export function decaysByDefault({ originalName, shape }: tf.LayerVariable): boolean {
  const own = originalName.slice(originalName.lastIndexOf('/') + 1);
  return shape.length >= 2 && !SPARED.includes(own);
}
