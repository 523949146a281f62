import { transNormCorrection } from '../../nn/transNormCorrection.ts';
import { fields } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Normalization } from './normalization.ts';
import { treatEach } from './treatEach.ts';

/**
 * Transferable normalization (TransNorm, Wang et al., NeurIPS 2019): statistics of each domain's own,
 * one γ and β, and channels weighted by how alike the domains are in them:
 * y = (1 + αc)·(γ·(x − μd)/√(σd² + ε) + β) with α = C·(1 + d)⁻¹/Σ(1 + d)⁻¹ and d the distance of the
 * domains' μ/√(σ² + ε), averaged over all pairs. The mean of α is 1, so equal domains give twice what
 * `shared` does.
 */
export const transnorm = choice('transnorm', fields({}), (): Normalization => ({
  prepare(model) {
    treatEach(model, { statistics: 'separate', correction: transNormCorrection });
  },
}));
