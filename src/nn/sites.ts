import * as tf from '@tensorflow/tfjs';
import type { RunSite } from '../protocol/run.ts';
import type { BatchContext } from './batchContext.ts';

/**
 * Finds a model's sites by one forward pass of a blank image of `inputShape` (without the batch
 * axis), gives the layers their ids, and returns the sites in the order of these: by construction
 * of their layers, then by call. Calls inside TimeDistributed or a recurrent layer are pooled into
 * one site, since they are one layer's time steps. `frames` are all of the construction's, with
 * absolute paths.
 */
export function discoverSites(
  model: tf.LayersModel,
  context: BatchContext,
  inputShape: readonly number[],
): RunSite[] {
  context.begin({ segments: [{ domain: 0, images: 1 }], training: false });
  tf.tidy(() => {
    model.apply(tf.zeros([1, ...inputShape]), { training: false });
  });
  const repeated = layersInTime(model);
  const sites: RunSite[] = [];
  for (const layer of context.layers) {
    const { name, channels, handling, frames, calls } = layer;
    const pooled = repeated.has(layer);
    layer.assignSites(sites.length, calls, pooled);
    const count = pooled ? Math.min(calls, 1) : calls;
    for (let call = 0; call < count; call++) {
      sites.push({
        name: count > 1 ? `${name}#${call}` : name,
        layer: name,
        call,
        pooled,
        channels,
        handling,
        frames,
      });
    }
  }
  context.end();
  return sites;
}

/** Returns all layers that are called once per time step. */
function layersInTime(model: tf.LayersModel): ReadonlySet<unknown> {
  const inTime = new Set<unknown>();
  const seen = new Set<unknown>();
  const visit = (layer: tf.layers.Layer, repeated: boolean): void => {
    if (inTime.has(layer) || (seen.has(layer) && !repeated)) return;
    seen.add(layer);
    if (repeated) inTime.add(layer);
    const below =
      repeated || layer.getClassName() === 'TimeDistributed' || layer instanceof tf.layers.RNN;
    for (const child of childrenOf(layer)) visit(child, below);
  };
  visit(model, false);
  return inTime;
}

/** Returns the layers that a layer holds in its fields: wrapped, nested, or a custom layer's own. */
function childrenOf(layer: tf.layers.Layer): tf.layers.Layer[] {
  return Object.values(layer)
    .flat()
    .filter((value) => value instanceof tf.layers.Layer);
}
