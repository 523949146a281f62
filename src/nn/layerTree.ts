import * as tf from '@tensorflow/tfjs';

/** Returns all layers that are called once per time step. */
export function layersInTime(model: tf.layers.Layer): ReadonlySet<unknown> {
  const inTime = new Set<unknown>();
  const seen = new Set<unknown>();
  const visit = (layer: tf.layers.Layer, repeated: boolean): void => {
    if (inTime.has(layer) || (seen.has(layer) && !repeated)) return;
    seen.add(layer);
    if (repeated) inTime.add(layer);
    const repeats = layer.getClassName() === 'TimeDistributed' || layer instanceof tf.layers.RNN;
    for (const child of childrenOf(layer)) visit(child, repeated || repeats);
  };
  visit(model, false);
  return inTime;
}

/** Returns a layer and all layers inside it. */
export function layersWithin(root: tf.layers.Layer): ReadonlySet<tf.layers.Layer> {
  const found = new Set<tf.layers.Layer>();
  const visit = (layer: tf.layers.Layer): void => {
    if (found.has(layer)) return;
    found.add(layer);
    childrenOf(layer).forEach(visit);
  };
  visit(root);
  return found;
}

/**
 * Freezes every layer inside a frozen one: tfjs leaves the weights of layers in nested containers
 * out of training, but does not tell the layers.
 */
export function freezeInside(root: tf.layers.Layer): void {
  for (const container of layersWithin(root)) {
    if (container.trainable) continue;
    for (const layer of layersWithin(container)) layer.trainable = false;
  }
}

/** Returns the layers that a layer holds in its fields: wrapped, nested, or a custom layer's own. */
export function childrenOf(layer: tf.layers.Layer): tf.layers.Layer[] {
  return Object.values(layer)
    .flat()
    .filter((value) => value instanceof tf.layers.Layer);
}
