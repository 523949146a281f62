import * as tf from '@tensorflow/tfjs';
import { layersWithin } from '../../nn/layerTree.ts';
import { UserError } from '../../protocol/userError.ts';
import { nearest } from '../../validation/nearest.ts';

/**
 * Finds a layer of a model, inside nested ones too, by its name.
 * @throws UserError for a name that no layer has; `field` is where it was declared.
 */
export function namedLayer(
  model: tf.LayersModel,
  name: string,
  field: readonly string[],
): tf.layers.Layer {
  const layers = [...layersWithin(model)].filter((layer) => layer !== model);
  const found = layers.find((layer) => layer.name === name);
  if (found !== undefined) return found;
  const meant = nearest(
    name,
    layers.map((layer) => layer.name),
  );
  throw new UserError(`${field.join('.')}: the model has no layer "${name}"`, {
    hint:
      meant === null
        ? `Give the layer that name in model(); there are ${layers.map((layer) => layer.name).join(', ')}.`
        : `Did you mean "${meant}"?`,
    field,
  });
}

/** Returns the last of a model's layers that have weights, inside nested ones too. */
export function lastLayerWithWeights(model: tf.LayersModel): tf.layers.Layer {
  // In the order in which they are computed.
  const last = model.layers.findLast(({ weights }) => weights.length > 0);
  if (last === undefined) throw new Error('the model has no weights');
  return last instanceof tf.LayersModel ? lastLayerWithWeights(last) : last;
}
