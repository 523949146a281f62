import type * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { Discriminator, type DiscriminatorShape } from '../../nn/alignment/discriminator.ts';
import { reverseGradient } from '../../nn/alignment/reverseGradient.ts';
import { wholeFrom } from '../../validation/fields.ts';
import type { AlignmentStep } from './alignment.ts';
import { featureEntries, type FeatureLoss, type FeatureSettings } from './featureTerms.ts';

/** Settings of the strategies with a discriminator. */
export interface DiscriminatorSettings extends FeatureSettings {
  /** Units of the discriminator's hidden layers, the first first; [1024, 1024] by default. */
  readonly units?: readonly number[];
  /** Whether the discriminator normalizes its hidden layers over the batch; false by default. */
  readonly batchNorm?: boolean;
}

/** Describes {@link DiscriminatorSettings}; the weight is 1 and rises by default. */
export function discriminatorEntries() {
  return {
    ...featureEntries(1, 'ramp'),
    units: v.optional(v.array(wholeFrom(1), 'must be a list of numbers of units'), [1024, 1024]),
    batchNorm: v.optional(v.boolean('must be true or false'), false),
  };
}

/**
 * Makes a discriminator and the loss by which it learns to tell the domains apart, while what comes
 * before it learns the opposite: the gradient that leaves it is reversed and weighed, the
 * discriminator's own is not. `inputOf` makes its input of the features.
 */
export function discriminatorLoss(
  shape: DiscriminatorShape,
  inputOf: (features: tf.Tensor2D, step: AlignmentStep) => tf.Tensor2D,
): FeatureLoss {
  const discriminator = new Discriminator(shape);
  return {
    discriminator,
    judge(features, step, weight) {
      const input = reverseGradient(inputOf(features, step), weight);
      const { loss, accuracy } = discriminator.judge(input, step.segments);
      return { loss, added: loss, accuracy };
    },
  };
}
