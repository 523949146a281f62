import { fields } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Alignment } from './alignment.ts';
import {
  discriminatorEntries,
  discriminatorLoss,
  type DiscriminatorSettings,
} from './discriminatorLoss.ts';
import { featureTerms } from './featureTerms.ts';

/**
 * Settings of `adversarial`; `weight` is λ, which the discriminator's gradient is multiplied by when
 * it is reversed: by default it rises to 1 as 2 / (1 + e^(−10p)) − 1.
 */
export type AdversarialSettings = DiscriminatorSettings;

/**
 * Domain-adversarial training (DANN, Ganin et al. 2016): a discriminator, by default
 * d-1024-1024-1, learns to tell the domains by the features, and its reversed gradient, −λ times,
 * makes the net hide them. The paper lets the learning rate fall as `dannDecay` does. Uses no labels.
 */
export const adversarial = choice(
  'adversarial',
  fields(discriminatorEntries()),
  (settings): Alignment => ({
    attach: (network) =>
      featureTerms('adversarial', settings, network, ({ layer, size }) =>
        discriminatorLoss(
          {
            ...settings,
            name: `adversarial/${layer}`,
            inputs: size,
            domains: network.domains.length,
          },
          (features) => features,
        ),
      ),
  }),
);
