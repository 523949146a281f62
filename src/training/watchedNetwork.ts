import type * as tf from '@tensorflow/tfjs';
import type { NetworkSite } from '../faults/network.ts';
import type { BatchContext } from '../nn/batchContext.ts';
import { isReLU, LayerGraph } from '../nn/layerGraph.ts';
import type { RunSite } from '../protocol/run.ts';

/** Describes a built model's sites for the rules that look for faults. */
export function watchedNetwork(
  model: tf.LayersModel,
  context: BatchContext,
  sites: readonly RunSite[],
): NetworkSite[] {
  const graph = new LayerGraph(model);
  const network: NetworkSite[] = [];
  for (const layer of context.layers) {
    const { momentum, epsilon, frozen, parameters } = layer;
    const { hasOwnParameters: ownParameters, hasMovingStatistics: keepsStatistics } = layer;
    const readers = graph.after(layer, isTransparent).filter((reader) => !isTransparent(reader));
    const weighty = graph
      .before(layer, () => true)
      .filter((before) => !isNormalization(before) && before.weights.length > 0);
    const hasBeta = parameters.some(({ beta }) => beta !== null);
    const hasGamma = parameters.some(({ gamma }) => gamma !== null);
    for (const site of layer.sites) {
      const { name, handling } = sites[site]!;
      network[site] = {
        name,
        handling,
        ownParameters,
        keepsStatistics,
        momentum,
        epsilon,
        frozen,
        trainable: !frozen && (hasGamma || hasBeta),
        rectified: readers.length > 0 && readers.every(isReLU),
        biasedBefore: graph.before(layer, isTransparent).filter(isLinearWithBias).map(named),
        biasedAfter: hasBeta && readers.every(absorbsShift) ? readers.map(named) : [],
        dropoutBefore: graph
          .before(layer, (before) => !isNormalization(before))
          .flatMap((before) => {
            const rate = dropoutRate(before);
            return rate > 0 ? [{ ...named(before), rate }] : [];
          }),
        frozenBefore:
          weighty.length > 0 && weighty.every((before) => before.trainableWeights.length === 0),
      };
    }
  }
  return network;
}

/** Pooling and flattening pass on what is added to all pixels of a channel. */
function isTransparent(layer: tf.layers.Layer): boolean {
  return /^(Flatten|(Global)?(Average|Max)Pooling[123]D)$/.test(layer.getClassName());
}

function isNormalization(layer: tf.layers.Layer): boolean {
  return layer.getClassName() === 'BatchNormalization';
}

/** Whether a layer ends with adding its bias, which those with weights and an activation may. */
function isLinearWithBias(layer: tf.layers.Layer): boolean {
  const { useBias, activation } = layer.getConfig();
  return useBias === true && activation === 'linear';
}

/** Whether a layer's bias can stand for anything added to its input; padding with 0 prevents it. */
function absorbsShift(layer: tf.layers.Layer): boolean {
  return layer.getClassName() === 'Dense' && layer.getConfig()['useBias'] === true;
}

/** The share of values that a layer drops and makes up for in the others; 0 for any other layer. */
function dropoutRate(layer: tf.layers.Layer): number {
  const drops = /^(Spatial|Gaussian)?Dropout(1D)?$/.test(layer.getClassName());
  return drops ? Number(layer.getConfig()['rate']) : 0;
}

function named({ name }: tf.layers.Layer): { name: string } {
  return { name };
}
