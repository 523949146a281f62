import { coralLoss } from '../../nn/alignment/coralLoss.ts';
import { fields } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Alignment } from './alignment.ts';
import { featureEntries, featureTerms, type FeatureSettings } from './featureTerms.ts';
import { plainLoss } from './plainLoss.ts';

/** Settings of `coral`; `weight` is 1 and `schedule` constant by default. */
export type CoralSettings = FeatureSettings;

/**
 * Deep CORAL (Sun & Saenko 2016): adds ‖Ca − Cb‖² / 4d² between the covariances of the domains'
 * features, averaged over all pairs of domains. Uses no labels.
 */
export const coral = choice(
  'coral',
  fields(featureEntries(1, 'constant')),
  (settings): Alignment => ({
    attach: (network) =>
      featureTerms('coral', settings, network, () => plainLoss('coral', coralLoss)),
  }),
);
