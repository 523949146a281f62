import * as tf from '@tensorflow/tfjs';
import type { RunSite as Site } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';
import type { BatchContext } from './batchContext.ts';
import { freezeInside, layersInTime } from './layerTree.ts';

export type { Site };

/**
 * Finds a model's sites by one forward pass of a blank image of `inputShape` (without the batch
 * axis), gives the layers their ids, and returns the sites in the order of these: by construction
 * of their layers, then by call. Calls inside TimeDistributed or a recurrent layer are pooled into
 * one site, since they are one layer's time steps. A site's `frames` are all frames of its layer's
 * construction that lie in files, with absolute paths.
 * @throws UserError for a layer whose weights the model does not know: they would be neither
 * trained nor saved.
 */
export function discoverSites(
  model: tf.LayersModel,
  context: BatchContext,
  inputShape: readonly number[],
): Site[] {
  freezeInside(model);
  context.begin({ segments: [{ domain: 0, images: 1 }], training: false });
  tf.tidy(() => {
    model.apply(tf.zeros([1, ...inputShape]), { training: false });
  });
  const known = new Set(model.weights);
  const repeated = layersInTime(model);
  const sites: Site[] = [];
  for (const layer of context.layers) {
    const { name, channels, handling, frames, calls, weights } = layer;
    if (calls > 0 && !weights.every((weight) => known.has(weight))) {
      throw new UserError(
        `model: layer "${name}" is inside a layer that does not list its weights`,
        {
          hint: 'Let the outer layer have getters trainableWeights and nonTrainableWeights that return those of the layers inside it.',
          field: ['model'],
        },
      );
    }
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
