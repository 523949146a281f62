import * as v from 'valibot';
import { boundedScale } from '../../nn/boundedScale.ts';
import { normalizeKernels } from '../../nn/spectralKernel.ts';
import { fields, number } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Normalization } from './normalization.ts';
import { treatEach } from './treatEach.ts';

/** Settings of `spectral`. */
export interface SpectralSettings {
  /**
   * The most by which a BatchNorm layer may multiply a channel, |γ|/√(σ² + ε), which could undo what
   * is done to the weights before it; by default there is no bound.
   */
  readonly bound?: number;
}

/**
 * Ordinary BatchNorm over the concatenated batch, and each kernel of the dense and convolution
 * layers divided by its largest singular value σ(W) ("batch spectral normalization"; the division:
 * Miyato et al. 2018), so that no layer between two of BatchNorm amplifies a difference. A BatchNorm
 * layer can: it multiplies channel c by |γc|/√(σc² + ε). The estimate of σ(W) takes one power
 * iteration in each training step and is near the true value only once it has converged.
 */
export const spectral = choice(
  'spectral',
  fields({ bound: v.exactOptional(number('a number above 0', (value) => value > 0)) }),
  ({ bound }): Normalization => ({
    prepare(model) {
      normalizeKernels(model.model, model.context);
      treatEach(model, { correction: bound === undefined ? null : boundedScale(bound) });
    },
  }),
);
