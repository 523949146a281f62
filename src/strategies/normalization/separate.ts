import * as v from 'valibot';
import { commonAffine, separateAffine } from '../../nn/affine.ts';
import { boolean, fields } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Normalization } from './normalization.ts';
import { treatEach } from './treatEach.ts';

/** Settings of `separate`. */
export interface SeparateSettings {
  /** Whether all domains have one γ and β, and only statistics of their own: false. */
  readonly sharedParameters?: boolean;
}

/**
 * Domain-specific batch normalization (Chang et al., CVPR 2019): each domain has its own γ, β and
 * moving statistics and is normalized with its own images' moments, y = γd·(x − μd)/√(σd² + ε) + βd.
 * All domains start from the same values.
 */
export const separate = choice(
  'separate',
  fields({ sharedParameters: v.optional(boolean, false) }),
  ({ sharedParameters }): Normalization => ({
    prepare(model) {
      const affine = sharedParameters ? commonAffine : separateAffine;
      treatEach(model, { statistics: 'separate', affine });
    },
  }),
);
