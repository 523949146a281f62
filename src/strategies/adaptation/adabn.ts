import * as v from 'valibot';
import { fields, wholeFrom } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Adaptation } from './adaptation.ts';
import { replaceStatistics, targetOnly } from './replaceStatistics.ts';
import { DEFAULT_IMAGES } from './targetImages.ts';

/** Settings of `adabn`. */
export interface AdabnSettings {
  /** Training images of each real domain that are used, at most: 1,000. */
  readonly images?: number;
}

/**
 * AdaBN (Li et al. 2016): γ and β stay, μ and σ² become those of the real domain's images, pooled
 * over all of them and layer by layer. Uses no labels.
 */
export const adabn = choice(
  'adabn',
  fields({ images: v.optional(wholeFrom(2), DEFAULT_IMAGES) }),
  ({ images }): Adaptation => ({
    name: 'adabn',
    images,
    async adapt(network, target) {
      return { layers: await replaceStatistics(network, target, targetOnly), entropies: [] };
    },
  }),
);
