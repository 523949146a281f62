import * as v from 'valibot';
import { groupSizeOf } from '../../nn/channelGroups.ts';
import { fields, wholeFrom } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Normalization } from './normalization.ts';
import { treatEach } from './treatEach.ts';

/** Settings of `group`. */
export interface GroupSettings {
  /**
   * Groups of channels in each layer; by default the largest divisor of its channels up to 32 whose
   * groups hold at least 16 values of an image.
   */
  readonly groups?: number;
}

/**
 * Group normalization (Wu & He, ECCV 2018) in place of BatchNorm: each image is normalized with the
 * mean and variance over pixels and neighbouring channels of its own, in training and at test, so
 * that neither images nor domains mix; γ and β are one for each channel.
 */
export const group = choice(
  'group',
  fields({ groups: v.exactOptional(wholeFrom(1)) }),
  ({ groups = null }): Normalization => ({
    prepare(model) {
      treatEach(model, {
        statistics: 'image',
        groupSize: (channels, pixels) => groupSizeOf(groups, channels, pixels),
      });
    },
  }),
);
