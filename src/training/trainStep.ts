import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/loader.ts';
import type { BatchContext, SiteObserver } from '../nn/batchContext.ts';
import { inputShapeOf } from './inputShape.ts';
import { crossEntropy, regularizationLosses, type SegmentScore } from '../nn/losses.ts';
import type { TrainingOptimizer } from '../nn/optimizers/optimizer.ts';
import { variablesOf } from '../nn/variables.ts';

/** What one step said of one segment of its batch; NaN for a segment without labels. */
export interface SegmentResult {
  readonly domain: number;
  readonly images: number;
  /** Mean cross-entropy of the labelled images in nats, to the smoothed labels if they are. */
  readonly loss: number;
  /** Share of the labelled images that it has right. */
  readonly accuracy: number;
  /** The class of each image, negative without a label; null for a segment without labels. */
  readonly labels: Int32Array | null;
}

export interface Trainee {
  /** Maps [n, ...inputShape] to class scores [n, classes]. */
  readonly model: tf.LayersModel;
  readonly context: BatchContext;
  readonly optimizer: TrainingOptimizer;
  /** Share of each target that is spread over all classes, as torch's label_smoothing. */
  readonly labelSmoothing: number;
}

/**
 * Takes one optimizer step on one batch. The loss is the mean of the labelled domains' mean
 * cross-entropies over their labelled images, each domain weighing equally, plus the layers'
 * regularizers. Without an `observer` the
 * BatchNorm layers compute nothing but the step.
 */
export function trainStep(
  { model, context, optimizer, labelSmoothing }: Trainee,
  batch: Batch,
  learningRate: number,
  observer?: SiteObserver,
): SegmentResult[] {
  let scores: SegmentScore[] = [];
  context.begin({ segments: batch.segments, training: true, ...(observer && { observer }) });
  const labelled = batch.labels.filter((labels) => labels !== null).length;
  const segments = batch.segments.map(({ images }, index) => ({
    images,
    labels: batch.labels[index] ?? null,
    weight: 1 / labelled,
  }));
  tf.tidy(() => {
    const total = batch.segments.reduce((sum, segment) => sum + segment.images, 0);
    const inputs = tf.tensor(batch.images, [total, ...inputShapeOf(model)]);
    const { grads } = tf.variableGrads(() => {
      const outputs = model.apply(inputs, { training: true }) as tf.Tensor2D;
      const entropy = crossEntropy(outputs, { segments, smoothing: labelSmoothing });
      scores = entropy.segments;
      return [entropy.loss, ...regularizationLosses(model)].reduce((a, b) => tf.add(a, b));
    }, variablesOf(optimizer.weights));
    optimizer.apply(grads, learningRate);
  });
  return batch.segments.map(({ domain, images }, index) => {
    const { loss = NaN, correct = NaN } = scores[index] ?? {};
    const labels = batch.labels[index] ?? null;
    const labelled = labels?.reduce((count, label) => (label < 0 ? count : count + 1), 0) ?? 0;
    return { domain, images, loss, accuracy: correct / labelled, labels };
  });
}
