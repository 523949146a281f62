import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/loader.ts';
import type { BatchContext, SiteObserver } from '../nn/batchContext.ts';
import { inputShapeOf } from './inputShape.ts';
import { countCorrect, regularizationLosses, softmaxCrossEntropy } from '../nn/losses.ts';
import type { TrainingOptimizer } from '../nn/optimizers/optimizer.ts';
import { variablesOf } from '../nn/variables.ts';

/** What one step said of one segment of its batch; NaN for a segment without labels. */
export interface SegmentResult {
  readonly domain: number;
  readonly images: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
  readonly accuracy: number;
}

export interface Trainee {
  /** Maps [n, ...inputShape] to class scores [n, classes]. */
  readonly model: tf.LayersModel;
  readonly context: BatchContext;
  readonly optimizer: TrainingOptimizer;
}

/**
 * Takes one optimizer step on one batch. The loss is the mean of the labelled domains' mean
 * cross-entropies, each weighing equally, plus the layers' regularizers. Without an `observer` the
 * BatchNorm layers compute nothing but the step.
 */
export function trainStep(
  { model, context, optimizer }: Trainee,
  batch: Batch,
  observer?: SiteObserver,
): SegmentResult[] {
  const results: SegmentResult[] = [];
  context.begin({ segments: batch.segments, training: true, ...(observer && { observer }) });
  tf.tidy(() => {
    const total = batch.segments.reduce((sum, segment) => sum + segment.images, 0);
    const inputs = tf.tensor(batch.images, [total, ...inputShapeOf(model)]);
    const variables = variablesOf(model.trainableWeights);
    const { grads } = tf.variableGrads(() => {
      const scores = model.apply(inputs, { training: true }) as tf.Tensor2D;
      const losses: tf.Scalar[] = [];
      let first = 0;
      batch.segments.forEach(({ domain, images }, index) => {
        const labels = batch.labels[index];
        if (labels == null) {
          results.push({ domain, images, loss: NaN, accuracy: NaN });
        } else {
          const own = tf.slice2d(scores, [first, 0], [images, -1]);
          const loss = softmaxCrossEntropy(own, labels);
          losses.push(loss);
          results.push({
            domain,
            images,
            loss: loss.dataSync()[0] ?? NaN,
            accuracy: countCorrect(own, labels) / images,
          });
        }
        first += images;
      });
      const mean = tf.div<tf.Scalar>(tf.addN(losses), losses.length);
      return [mean, ...regularizationLosses(model)].reduce((a, b) => tf.add(a, b));
    }, variables);
    optimizer.apply(grads);
  });
  return results;
}
