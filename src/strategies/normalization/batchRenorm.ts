import * as v from 'valibot';
import { batchRenormCorrection } from '../../nn/batchRenormCorrection.ts';
import { fields, number, wholeFrom } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Normalization } from './normalization.ts';
import { treatEach } from './treatEach.ts';

/** Settings of `batch-renorm`. */
export interface BatchRenormSettings {
  /** Greatest ratio of batch and moving deviation that is followed: 3. */
  readonly rmax?: number;
  /** Greatest distance of batch and moving mean that is followed, in deviations: 5. */
  readonly dmax?: number;
  /** Steps that train as `shared` does, until the moving statistics are worth following: 100. */
  readonly warmup?: number;
  /** Steps after these in which the limits grow from those of `shared`, 1 and 0: 400. */
  readonly ramp?: number;
}

/**
 * Batch renormalization (Ioffe, NeurIPS 2017): trains with what test uses, within limits:
 * x̂ = r·(x − μB)/σB + d with r = σB/σ within [1/rmax, rmax] and d = (μB − μ)/σ within [−dmax, dmax],
 * constants to the gradient, where μ and σ are the moving statistics of the mixed batches.
 */
export const batchRenorm = choice(
  'batch-renorm',
  fields({
    rmax: v.optional(
      number('a number of at least 1', (value) => value >= 1),
      3,
    ),
    dmax: v.optional(
      number('a number of at least 0', (value) => value >= 0),
      5,
    ),
    warmup: v.optional(wholeFrom(0), 100),
    ramp: v.optional(wholeFrom(0), 400),
  }),
  (limits): Normalization => ({
    prepare(model) {
      treatEach(model, { correction: batchRenormCorrection(limits) });
    },
  }),
);
