import * as tf from '@tensorflow/tfjs';
import type { SiteLayer } from '../nn/batchContext.ts';
import { declareSoftmax } from '../nn/classScores.ts';
import { childrenOf, layersWithin } from '../nn/layerTree.ts';
import { StockBatchNormalization } from '../nn/stockBatchNormalization.ts';
import { weightsAtTest } from '../nn/spectralKernel.ts';
import { variablesOf } from '../nn/variables.ts';
import { UserError } from '../protocol/userError.ts';
import type { OpenedRun } from './openRun.ts';

/** The classes of TensorFlow.js itself: this is evaluated before any code of the user's. */
const STOCK_CLASSES = new Set(Object.keys(tf.serialization.SerializationMap.getMap().classNameMap));

/** What is folded. */
export type Foldable = Pick<OpenedRun, 'model' | 'context' | 'softmax'>;

/**
 * Builds the model that treats every image as one of `domain`, of ordinary layers only and as it
 * was declared, a final softmax included: each BatchNorm layer holds what serves the domain at test.
 * From then on `tf.layers` means ordinary layers in this process.
 * @throws UserError for a model with layers that TensorFlow.js cannot build from their description.
 */
export async function plainModel(
  { model, context, softmax }: Foldable,
  domain: number,
): Promise<tf.LayersModel> {
  const own = [...layersWithin(model)].find((layer) => !STOCK_CLASSES.has(layer.getClassName()));
  if (own !== undefined) {
    throw new UserError(
      `layer "${own.name}" is of the class ${own.getClassName()}, which plain TensorFlow.js does not have`,
      { hint: 'Only models of tf.layers can be exported.' },
    );
  }
  const alone = context.layers.find((layer) => !layer.hasMovingStatistics);
  if (alone !== undefined) {
    throw new UserError(
      `layer "${alone.name}" normalizes each image by itself, which no layer of plain TensorFlow.js does`,
      { hint: 'Export a run of another normalization than group.' },
    );
  }
  if (softmax !== null) declareSoftmax(softmax);
  tf.serialization.registerClass(
    StockBatchNormalization as unknown as Parameters<typeof tf.serialization.registerClass>[0],
  );
  const plain = await tf.models.modelFromJSON(unconstrained(model.toJSON(null, false)));
  const sites = new Map<object, SiteLayer>(context.layers.map((layer) => [layer, layer]));
  for (const [layer, copy] of pairedLayers(model, plain)) {
    const site = sites.get(layer);
    tf.tidy(() => {
      assign(copy, site === undefined ? weightsAtTest(layer) : foldedWeights(site, domain));
    });
  }
  return plain;
}

/** Leaves constraints out, which are for training: loading would project what they never held. */
function unconstrained(topology: unknown): Parameters<typeof tf.models.modelFromJSON>[0] {
  const text = JSON.stringify(topology, (key, value: unknown) =>
    /constraint$/i.test(key) ? null : value,
  );
  return JSON.parse(text) as Parameters<typeof tf.models.modelFromJSON>[0];
}

/** What an ordinary BatchNorm layer holds, in its order, to treat all images as a domain's. */
function foldedWeights(site: SiteLayer, domain: number): tf.Tensor[] {
  const { gamma, beta, mean, variance } = site.atTest(domain);
  return [gamma, beta, mean, variance].flatMap((value) =>
    value === null ? [] : tf.tensor1d(value),
  );
}

/** Sets weights past the layer's constraints: what was projected would change in the last bits. */
function assign(layer: tf.layers.Layer, values: readonly tf.Tensor[]): void {
  for (const [index, weight] of variablesOf(layer.weights).entries()) weight.assign(values[index]!);
}

/** Pairs the innermost layers of a layer and its copy, which hold the weights. */
function pairedLayers(
  layer: tf.layers.Layer,
  copy: tf.layers.Layer,
): [layer: tf.layers.Layer, copy: tf.layers.Layer][] {
  if (layer.getClassName() !== copy.getClassName()) {
    throw new Error(`layer "${layer.name}" was copied as ${copy.getClassName()}`);
  }
  const inner = partsOf(copy);
  const pairs = partsOf(layer).flatMap((part, index) => pairedLayers(part, inner[index]!));
  return pairs.length > 0 ? pairs : [[layer, copy]];
}

/** What a layer holds, in an order that its copy keeps. */
function partsOf(layer: tf.layers.Layer): tf.layers.Layer[] {
  return layer instanceof tf.LayersModel ? layer.layers : childrenOf(layer);
}
