import * as v from 'valibot';
import { fields, number, wholeFrom } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Adaptation } from './adaptation.ts';
import { replaceStatistics, type Mix } from './replaceStatistics.ts';
import { DEFAULT_IMAGES } from './targetImages.ts';

/** Settings of `alpha-bn`. */
export interface AlphaBnSettings {
  /** As many images the trained statistics count for, N: 16. */
  readonly prior?: number;
  /** Training images of each real domain that are used, at most: 1,000. */
  readonly images?: number;
}

/**
 * Mixes the trained statistics with those of n images of the real domain, as if they had been seen
 * on N images: μ = N/(N + n)·μs + n/(N + n)·μt, and σ² likewise (Schneider et al. 2020), layer by
 * layer. For few images. Uses no labels.
 */
export const alphaBn = choice(
  'alpha-bn',
  fields({
    prior: v.optional(
      number('a number of at least 0', (value) => value >= 0 && value < Infinity),
      16,
    ),
    images: v.optional(wholeFrom(2), DEFAULT_IMAGES),
  }),
  ({ prior, images }): Adaptation => ({
    name: 'alpha-bn',
    images,
    async adapt(network, target) {
      return { layers: await replaceStatistics(network, target, mixed(prior)), entropies: [] };
    },
  }),
);

function mixed(prior: number): Mix {
  return (source, target) => {
    const share = target.images / (prior + target.images);
    const between = (trained: Float32Array, own: Float64Array): Float32Array =>
      trained.map((value, c) => (1 - share) * value + share * own[c]!);
    return {
      mean: between(source.mean, target.mean),
      variance: between(source.variance, target.variance),
    };
  };
}
