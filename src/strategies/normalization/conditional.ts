import * as v from 'valibot';
import { conditionalAffine } from '../../nn/conditionalAffine.ts';
import { fields, wholeFrom } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Normalization } from './normalization.ts';
import { treatEach } from './treatEach.ts';

/** Settings of `conditional`. */
export interface ConditionalSettings {
  /** Width of the hidden layer: 16. */
  readonly hidden?: number;
  /**
   * Length of a code that each layer learns of each domain, for many domains; by default a domain's
   * code is one unit of its own.
   */
  readonly embedding?: number;
}

/**
 * Conditional batch normalization (de Vries et al., NeurIPS 2017): statistics of the mixed batch as
 * in `shared`, but a small network of the domain changes γ and β:
 * y = (γ + Δγ(ed))·(x − μ)/√(σ² + ε) + β + Δβ(ed), with Δ = W₂·max(0, W₁e + b₁) + b₂ of each layer. It
 * starts as `shared`: W₂ and b₂ are 0 at first.
 */
export const conditional = choice(
  'conditional',
  fields({ hidden: v.optional(wholeFrom(1), 16), embedding: v.exactOptional(wholeFrom(1)) }),
  ({ hidden, embedding = null }): Normalization => ({
    prepare(model) {
      treatEach(model, { affine: conditionalAffine({ hidden, embedding }) });
    },
  }),
);
