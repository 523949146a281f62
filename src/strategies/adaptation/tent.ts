import * as v from 'valibot';
import { createOptimizer } from '../../nn/optimizers/optimizer.ts';
import { adam } from '../../nn/optimizers/specs.ts';
import { permutation, randomStream } from '../../stats/random.ts';
import { fields, number, wholeFrom } from '../../validation/fields.ts';
import { choice } from '../choice.ts';
import type { Adaptation } from './adaptation.ts';
import { entropyStep, type TargetBatch } from './entropyStep.ts';
import type { TargetImages } from './layerMoments.ts';
import { replaceStatistics, targetOnly } from './replaceStatistics.ts';
import { DEFAULT_IMAGES } from './targetImages.ts';

/** Settings of `tent`. */
export interface TentSettings {
  /** Passes over the images: 1. */
  readonly epochs?: number;
  /** Of Adam: 0.001. */
  readonly learningRate?: number;
  /** Training images of each real domain that are used, at most: 1,000. */
  readonly images?: number;
}

/**
 * TENT (Wang et al., ICLR 2021): lowers the entropy of the predictions on batches of the real
 * domain's images by γ and β alone, normalizing with each batch's own statistics. Uses no labels,
 * and may make things worse.
 *
 * There it learns from the very images that it classifies. Here it learns from training images, and
 * the statistics become those of these images, layer by layer, so that test images are classified
 * one by one, whatever else is tested.
 */
export const tent = choice(
  'tent',
  fields({
    epochs: v.optional(wholeFrom(1), 1),
    learningRate: v.optional(
      number('a number above 0', (value) => value > 0 && value < Infinity),
      1e-3,
    ),
    images: v.optional(wholeFrom(2), DEFAULT_IMAGES),
  }),
  ({ epochs, learningRate, images }): Adaptation => ({
    name: 'tent',
    images,
    async adapt(network, target) {
      const entropies: number[] = [];
      const weights = network.context.layers.flatMap((layer) => layer.trainableWeights);
      if (weights.length > 0) {
        for (const layer of network.context.layers) layer.treatStatistics(OF_EACH_BATCH);
        const optimizer = createOptimizer(adam(), weights);
        for (let epoch = 0; epoch < epochs; epoch++) {
          for await (const batch of shuffledBatches(target, epoch)) {
            entropies.push(entropyStep(network, batch, optimizer, learningRate));
          }
        }
        optimizer.dispose();
      }
      return { layers: await replaceStatistics(network, target, targetOnly), entropies };
    },
  }),
);

const OF_EACH_BATCH = { statisticsUsed: 'batch', statisticsUpdated: false } as const;

/** Brings every image once, in full batches but the last; a single image left over is left out. */
async function* shuffledBatches(
  { domain, images, batchSize, read }: TargetImages,
  epoch: number,
): AsyncGenerator<TargetBatch> {
  const order = permutation(images.length, randomStream(0, 'tent', epoch));
  for (let first = 0; first + 1 < order.length; first += batchSize) {
    const indices = order.subarray(first, first + batchSize).map((at) => images[at]!);
    yield { domain, images: indices.length, pixels: await read(indices) };
  }
}
