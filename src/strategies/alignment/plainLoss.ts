import * as tf from '@tensorflow/tfjs';
import { UserError } from '../../protocol/userError.ts';
import type { FeatureLoss } from './featureTerms.ts';

/**
 * Makes a loss that has nothing to train. `loss` takes features, [images, d], and the images of each
 * domain, of which it needs two.
 */
export function plainLoss(
  name: string,
  loss: (features: tf.Tensor2D, images: readonly number[]) => tf.Scalar,
): FeatureLoss {
  return {
    discriminator: null,
    judge(features, { segments }, weight) {
      const images = segments.map((segment) => segment.images);
      if (images.some((count) => count < 2)) {
        throw new UserError(
          `strategy "${name}" compares the images of a domain with each other, but the batch has only one`,
          { hint: 'Raise batchSize to 2 or more.', field: ['train', 'batchSize'] },
        );
      }
      const value = loss(features, images);
      return { loss: value, added: tf.mul(value, weight), accuracy: NaN };
    },
  };
}
