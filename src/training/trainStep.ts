import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../data/loader.ts';
import type { FeatureTaps } from '../nn/alignment/featureTaps.ts';
import type { BatchContext, SiteObserver } from '../nn/batchContext.ts';
import { inputShapeOf } from '../nn/inputShape.ts';
import { crossEntropy, regularizationLosses, type SegmentScore } from '../nn/losses.ts';
import type { TrainingOptimizer } from '../nn/optimizers/optimizer.ts';
import { variablesOf } from '../nn/variables.ts';
import type { AlignmentOutcome } from '../recording/stepMemory.ts';
import type { AlignmentTerm, AlignmentVerdict } from '../strategies/alignment/alignment.ts';

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

/** What one step said of its batch. */
export interface StepResult {
  readonly segments: readonly SegmentResult[];
  /** Of each alignment term; none in a step that brings fewer than two domains. */
  readonly alignments: readonly AlignmentOutcome[];
}

export interface Trainee {
  /** Maps [n, ...inputShape] to class scores [n, classes]. */
  readonly model: tf.LayersModel;
  readonly context: BatchContext;
  readonly optimizer: TrainingOptimizer;
  /** Share of each target that is spread over all classes, as torch's label_smoothing. */
  readonly labelSmoothing: number;
  /** Where the alignment terms look at the model. */
  readonly taps: FeatureTaps;
  readonly terms: readonly AlignmentTerm[];
}

/** Where in a training a step is. */
export interface StepPlace {
  readonly learningRate: number;
  /** Share of the training that is done before it, 0 to 1. */
  readonly progress: number;
}

/**
 * Takes one optimizer step on one batch. The loss is the mean of the labelled domains' mean
 * cross-entropies over their labelled images, each domain weighing equally, plus the layers'
 * regularizers and, where the batch brings more than one domain, the alignment terms. Without an
 * `observer` the BatchNorm layers compute nothing but the step.
 */
export function trainStep(
  { model, context, optimizer, labelSmoothing, taps, terms }: Trainee,
  batch: Batch,
  { learningRate, progress }: StepPlace,
  observer?: SiteObserver,
): StepResult {
  let scores: SegmentScore[] = [];
  let verdicts: AlignmentVerdict[] = [];
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
    const loss = (): tf.Scalar => {
      const outputs = model.apply(inputs, { training: true }) as tf.Tensor2D;
      const entropy = crossEntropy(outputs, { segments, smoothing: labelSmoothing });
      scores = entropy.segments;
      if (batch.segments.length > 1) {
        const step = { segments: batch.segments, scores: outputs, progress };
        verdicts = terms.map((term) => term.judge(step));
      }
      const added = verdicts.map((verdict) => verdict.added);
      return [entropy.loss, ...regularizationLosses(model), ...added].reduce((a, b) =>
        tf.add(a, b),
      );
    };
    const { grads } = tf.variableGrads(() => taps.during(loss), variablesOf(optimizer.weights));
    optimizer.apply(grads, learningRate);
  });
  const results = batch.segments.map(({ domain, images }, index) => {
    const { loss = NaN, correct = NaN } = scores[index] ?? {};
    const labels = batch.labels[index] ?? null;
    const labelled = labels?.reduce((count, label) => (label < 0 ? count : count + 1), 0) ?? 0;
    return { domain, images, loss, accuracy: correct / labelled, labels };
  });
  return {
    segments: results,
    alignments: verdicts.map(({ loss, weight, accuracy }) => ({ loss, weight, accuracy })),
  };
}
