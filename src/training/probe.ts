import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/loader.ts';
import type { BatchContext, SiteObserver } from '../nn/batchContext.ts';
import type { SegmentOutcome } from '../recording/stepMemory.ts';
import { inputShapeOf } from '../nn/inputShape.ts';

/**
 * Shows the observer what the layers see of a batch. They use their moving statistics and keep
 * them; nothing is trained.
 */
export function probe(
  { model, context }: { readonly model: tf.LayersModel; readonly context: BatchContext },
  { images, segments, labels }: Batch,
  observer: SiteObserver,
): SegmentOutcome[] {
  context.begin({ segments, training: false, observer });
  tf.tidy(() => {
    const total = segments.reduce((sum, segment) => sum + segment.images, 0);
    model.apply(tf.tensor(images, [total, ...inputShapeOf(model)]), { training: false });
  });
  return labels.map((own) => ({ loss: NaN, accuracy: NaN, labels: own }));
}
