import { spectralPenalty } from '../../nn/alignment/spectralPenalty.ts';
import { fields } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Alignment } from './alignment.ts';
import { featureEntries, featureTerms, type FeatureSettings } from './featureTerms.ts';
import { plainLoss } from './plainLoss.ts';

/** Settings of `bsp`; `weight` is 1e-4 and `schedule` constant by default. */
export type BspSettings = FeatureSettings;

/**
 * Batch spectral penalization (Chen et al., ICML 2019): adds the square of the largest singular value
 * of each domain's features, which adversarial training lets outgrow the others and with them what
 * tells classes apart; made to go with `adversarial` or `cdan`. Uses no labels.
 */
export const bsp = choice(
  'bsp',
  fields(featureEntries(1e-4, 'constant')),
  (settings): Alignment => ({
    attach: (network) =>
      featureTerms('bsp', settings, network, () => plainLoss('bsp', spectralPenalty)),
  }),
);
