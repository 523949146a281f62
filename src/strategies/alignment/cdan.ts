import { conditionOnClasses } from '../../nn/alignment/conditionOnClasses.ts';
import { fields } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Alignment } from './alignment.ts';
import {
  discriminatorEntries,
  discriminatorLoss,
  type DiscriminatorSettings,
} from './discriminatorLoss.ts';
import { featureTerms } from './featureTerms.ts';

/** Settings of `cdan`, with the defaults of `adversarial`. */
export type CdanSettings = DiscriminatorSettings;

/**
 * Conditional adversarial training (CDAN, Long et al. 2018): as `adversarial`, but the discriminator
 * sees each feature times the chance of each class, so that the domains are drawn together class by
 * class. The chances are the net's own, so it uses no labels.
 */
export const cdan = choice('cdan', fields(discriminatorEntries()), (settings): Alignment => ({
  attach: (network) =>
    featureTerms('cdan', settings, network, ({ layer, size }) => {
      const conditioning = conditionOnClasses(size, network.classes);
      return discriminatorLoss(
        {
          ...settings,
          name: `cdan/${layer}`,
          inputs: conditioning.size,
          domains: network.domains.length,
        },
        (features, { scores }) => conditioning.apply(features, scores),
      );
    }),
}));
