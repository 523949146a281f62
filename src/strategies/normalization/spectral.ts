import { normalizeKernels } from '../../nn/spectralKernel.ts';
import { fields } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Normalization } from './normalization.ts';

/**
 * Ordinary BatchNorm over the concatenated batch, and each kernel of the dense and convolution
 * layers divided by its largest singular value σ(W) ("batch spectral normalization"; the division:
 * Miyato et al. 2018), so that no layer between two of BatchNorm amplifies a difference. A BatchNorm
 * layer can: it multiplies channel c by |γc|/√(σc² + ε). The estimate of σ(W) takes one power
 * iteration in each training step and is near the true value only once it has converged.
 */
export const spectral = choice('spectral', fields({}), (): Normalization => ({
  prepare({ model, context }) {
    normalizeKernels(model, context);
  },
}));
