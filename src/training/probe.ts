import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/loader.ts';
import type { BatchContext, SiteObserver } from '../nn/batchContext.ts';
import type { RunFile } from '../protocol/run.ts';
import type { SegmentOutcome } from '../recording/stepMemory.ts';
import { inputShapeOf } from '../nn/inputShape.ts';

/** Of runs of the first versions, which have no probes. */
const PROBE_EVERY = 10;

/**
 * Tells whether a step begins with a look at the domains that are not trained on: every so many
 * steps, and where domains are due to be compared in other ways, too.
 */
export function isProbed({ record }: Pick<RunFile, 'record'>, step: number): boolean {
  const { probeEvery = PROBE_EVERY, channelsEvery, mmdEvery } = record;
  return [probeEvery, channelsEvery, mmdEvery].some((every) => step % every === 0);
}

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
