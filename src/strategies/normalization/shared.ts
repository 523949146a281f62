import { fields } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Normalization } from './normalization.ts';

/**
 * Ordinary BatchNorm (Ioffe & Szegedy 2015) over the concatenated batch: one γ, β, mean and
 * variance for all domains, so that the variance holds the spread between the domains too.
 */
export const shared = choice('shared', fields({}), (): Normalization => ({
  prepare: () => undefined,
}));
