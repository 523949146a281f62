import * as v from 'valibot';
import { mmdLoss, type MmdEstimator } from '../../nn/alignment/mmdLoss.ts';
import { fields, oneOf } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Alignment } from './alignment.ts';
import { featureEntries, featureTerms, type FeatureSettings } from './featureTerms.ts';
import { plainLoss } from './plainLoss.ts';

/** Settings of `mmd`; `weight` is 1 and `schedule` constant by default. */
export interface MmdSettings extends FeatureSettings {
  /**
   * `unbiased`, the default, is 0 on average when nothing differs, and so negative in about half of
   * such batches; `biased` is never negative.
   */
  readonly estimator?: MmdEstimator;
}

/**
 * Deep adaptation (DAN, Long et al. 2015): adds the squared maximum mean discrepancy between the
 * domains' features, by five Gaussian kernels, averaged over all pairs of domains. Uses no labels.
 */
export const mmd = choice(
  'mmd',
  fields({
    ...featureEntries(1, 'constant'),
    estimator: v.optional(oneOf(['unbiased', 'biased']), 'unbiased'),
  }),
  (settings): Alignment => ({
    attach: (network) =>
      featureTerms('mmd', settings, network, () =>
        plainLoss('mmd', (features, images) => mmdLoss(features, images, settings.estimator)),
      ),
  }),
);
