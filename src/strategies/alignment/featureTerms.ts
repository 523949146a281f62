import type * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import type { Discriminator } from '../../nn/alignment/discriminator.ts';
import type { FeatureTap } from '../../nn/alignment/featureTaps.ts';
import { scheduledWeight, type WeightSchedule } from '../../nn/alignment/weightSchedule.ts';
import { UserError } from '../../protocol/userError.ts';
import { number, oneOf } from '../../validation/fields.ts';
import { lastLayerWithWeights, namedLayer } from './alignedLayers.ts';
import type {
  AlignedNetwork,
  AlignmentStep,
  AlignmentTerm,
  AlignmentVerdict,
} from './alignment.ts';

/** What all alignment losses can be told. */
export interface FeatureSettings {
  /** What the loss, or the reversed gradient of a discriminator's, is multiplied by. */
  readonly weight?: number;
  /** Whether the weight is `constant`, or rises from 0 as 2 / (1 + e^(−10p)) − 1: `ramp`. */
  readonly schedule?: WeightSchedule;
  /**
   * Names of the layers whose outputs are aligned, flattened, each by a loss of its own. By default
   * it is what the last layer with weights takes in.
   */
  readonly layers?: readonly string[];
}

/** Settings with their defaults filled in. */
export interface FilledSettings {
  readonly weight: number;
  readonly schedule: WeightSchedule;
  readonly layers?: readonly string[];
}

/** Describes {@link FeatureSettings} with a strategy's defaults. */
export function featureEntries(weight: number, schedule: WeightSchedule) {
  return {
    weight: v.optional(
      number('a number of at least 0', (value) => value >= 0 && value < Infinity),
      weight,
    ),
    schedule: v.optional(oneOf(['constant', 'ramp']), schedule),
    layers: v.exactOptional(
      v.pipe(
        v.array(v.string('must be the name of a layer'), 'must be a list of names of layers'),
        v.nonEmpty('must name a layer'),
        v.check((names) => new Set(names).size === names.length, 'must name each layer once'),
      ),
    ),
  };
}

/** A loss of one layer's features: what is trained for it, and what it says of a step. */
export interface FeatureLoss {
  readonly discriminator: Discriminator | null;
  /** Returns what it says of features, [images, size], when it is weighed by `weight`. */
  judge(
    features: tf.Tensor2D,
    step: AlignmentStep,
    weight: number,
  ): Omit<AlignmentVerdict, 'weight' | 'loss'> & { readonly loss: tf.Scalar };
}

/**
 * Makes a term for each layer that the settings name.
 * @throws UserError for fewer than two domains, or for a layer that there is not.
 */
export function featureTerms(
  name: string,
  settings: FilledSettings,
  network: AlignedNetwork,
  lossOf: (tap: FeatureTap) => FeatureLoss,
): AlignmentTerm[] {
  if (network.domains.length < 2) {
    throw new UserError(`strategy "${name}" aligns domains, but there is only one`, {
      hint: 'Declare another domain, or leave the strategy out.',
    });
  }
  const { layers, ...described } = settings;
  return tapsOf(name, layers, network).map((tap) => {
    const { layer, side } = tap;
    const loss = network.random.within(`${name} ${side} ${layer}`, () => lossOf(tap));
    return {
      described: {
        name,
        layer,
        side,
        discriminator: loss.discriminator !== null,
        settings: described,
      },
      weights: loss.discriminator?.weights ?? [],
      judge(step) {
        const weight = settings.weight * scheduledWeight(settings.schedule, step.progress);
        const verdict = loss.judge(tap.features(), step, weight);
        return { ...verdict, weight, loss: verdict.loss.dataSync()[0] ?? NaN };
      },
    };
  });
}

function tapsOf(
  name: string,
  layers: readonly string[] | undefined,
  { model, taps }: AlignedNetwork,
): FeatureTap[] {
  if (layers === undefined) return [taps.at(lastLayerWithWeights(model), 'input')];
  const field = ['strategies', name, 'layers'];
  return layers.map((layer) => taps.at(namedLayer(model, layer, field), 'output'));
}
