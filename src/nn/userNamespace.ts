import type * as tfjs from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { BatchContext } from './batchContext.ts';
import { constructionFrames } from './constructionFrames.ts';
import { DomainBatchNormalization } from './domainBatchNormalization.ts';
import { layersWithin } from './layerTree.ts';
import type { BatchNormalizationArgs } from './stockBatchNormalization.ts';
import { unfuseOperations } from './unfusedOperations.ts';

/**
 * Makes the tfjs that user code imports: a plain copy whose `layers.batchNormalization` constructs
 * our layer with `context`. The layer is also registered under the ordinary class name, so that
 * models loaded from files hold it; a later call replaces it. Layers compute by plain operations
 * from then on ({@link unfuseOperations}). `warn` hears, once, of a direct call
 * of `tf.batchNorm`, which BN Lens neither records nor treats per domain.
 */
export function userNamespace(
  namespace: typeof tfjs,
  context: BatchContext,
  warn: (message: string) => void,
): typeof tfjs {
  class BatchNormalization extends DomainBatchNormalization {
    constructor(args?: BatchNormalizationArgs) {
      super(args, context);
    }
  }
  tf.serialization.registerClass(BatchNormalization);
  unfuseOperations();

  let warned = false;
  const warning = <Args extends unknown[], Result>(
    name: string,
    operation: (...args: Args) => Result,
  ) => {
    return (...args: Args): Result => {
      if (!warned) {
        warned = true;
        warn(
          `the model calls tf.${name} itself: its statistics are not recorded and no strategy reaches it; use tf.layers.batchNormalization`,
        );
      }
      return operation(...args);
    };
  };
  return {
    ...namespace,
    batchNorm: warning('batchNorm', namespace.batchNorm),
    batchNorm2d: warning('batchNorm2d', namespace.batchNorm2d),
    batchNorm3d: warning('batchNorm3d', namespace.batchNorm3d),
    batchNorm4d: warning('batchNorm4d', namespace.batchNorm4d),
    loadLayersModel: async (...args) => {
      const frames = constructionFrames();
      const model = await namespace.loadLayersModel(...args);
      for (const layer of layersWithin(model)) {
        // tfjs constructs them after waiting, when the stack no longer holds the caller.
        if (layer instanceof DomainBatchNormalization) layer.frames = frames;
      }
      return model;
    },
    layers: {
      ...namespace.layers,
      batchNormalization: (args) =>
        new BatchNormalization(args) as unknown as ReturnType<
          typeof namespace.layers.batchNormalization
        >,
    },
  };
}
