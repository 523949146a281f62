import * as tf from '@tensorflow/tfjs';
import { layersWithin } from '../nn/layerTree.ts';
import type { SeededMath } from './seededMath.ts';

/** What tfjs' layers keep in their fields; their declarations hide it. */
interface HiddenFields {
  /** Of a dropout layer. */
  seed?: number | undefined;
  /** Of the cell of a recurrent layer, from its first call on. */
  dropoutMask?: tf.Tensor | tf.Tensor[] | null;
  recurrentDropoutMask?: tf.Tensor | tf.Tensor[] | null;
}

/**
 * Lets every layer of a model draw from a stream of its own, so that what it drops or adds depends
 * on the run's seed, the step, its name and how often it was called in this step, and on nothing
 * else: no other layer, strategy or backend, nor what was drawn before the run was resumed.
 *
 * A seed of the layer's own joins its name. tfjs would draw the same mask from it at every step.
 */
export function seedLayers(model: tf.LayersModel, random: SeededMath): void {
  const names = new Set<string>();
  for (const layer of layersWithin(model)) {
    const fields = layer as HiddenFields;
    const own = fields.seed === undefined ? layer.name : `${layer.name} ${fields.seed}`;
    fields.seed = undefined;
    let name = own;
    for (let k = 1; names.has(name); k++) name = `${own}#${k}`;
    names.add(name);

    const call = layer.call.bind(layer);
    layer.call = (inputs, kwargs) =>
      random.within(name, () => {
        if (layer instanceof tf.layers.RNN) forgetMasks(layer);
        return call(inputs, kwargs);
      });
  }
}

/**
 * Makes cells draw new masks, which stay for all time steps of a call. tfjs does so only in layers
 * that come with their cell; in others the first mask would stay for good.
 */
function forgetMasks(recurrent: tf.layers.Layer): void {
  for (const cell of layersWithin(recurrent) as Iterable<HiddenFields>) {
    tf.dispose([cell.dropoutMask ?? [], cell.recurrentDropoutMask ?? []]);
    cell.dropoutMask = null;
    cell.recurrentDropoutMask = null;
  }
}
