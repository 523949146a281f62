import * as v from 'valibot';
import type { ForwardMode } from '../../protocol/run.ts';
import { fields, oneOf } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Normalization } from './normalization.ts';
import { treatEach } from './treatEach.ts';

/** Settings of `shared`. */
export interface SharedSettings {
  /**
   * `concatenated`, the default, normalizes the domains' images together; `per-domain` does what code
   * does by accident that sends each domain through the net by itself: each is normalized with its
   * own images' moments, and the one set of moving statistics, which test uses, is their blend.
   */
  readonly forward?: ForwardMode;
}

/**
 * Ordinary BatchNorm (Ioffe & Szegedy 2015) over the concatenated batch: one γ, β, mean and
 * variance for all domains, so that the variance holds the spread between the domains too.
 */
export const shared = choice(
  'shared',
  fields({ forward: v.optional(oneOf(['concatenated', 'per-domain']), 'concatenated') }),
  ({ forward }): Normalization => ({
    forward,
    prepare(model) {
      treatEach(model, { forward });
    },
  }),
);
