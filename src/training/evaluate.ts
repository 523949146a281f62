import * as tf from '@tensorflow/tfjs';
import type { Part } from '../data/domains.ts';
import type { BatchContext } from '../nn/batchContext.ts';
import { inputShapeOf } from '../nn/inputShape.ts';
import { crossEntropy } from '../nn/losses.ts';
import type { SplitMetrics } from '../protocol/events.ts';
import { wilsonInterval } from '../stats/wilson.ts';

/**
 * Measures accuracy, with its 95% Wilson interval, and mean cross-entropy of a model on one
 * labelled part of one domain, normalizing with the statistics that the domain uses at test.
 * Returns null for a part without images or labels. Each forward pass takes `batchSize` images;
 * `mayGoOn` is awaited before it and ends the evaluation, with null too, when it says no. `right`,
 * one a image, is set to 1 where the image is classified rightly, else to 0. An image whose scores
 * are NaN or infinite is not.
 */
export async function evaluatePart(
  model: tf.LayersModel,
  context: BatchContext,
  domain: number,
  part: Part,
  batchSize: number,
  mayGoOn: () => Promise<boolean>,
  right?: Uint8Array,
): Promise<SplitMetrics | null> {
  const labels = part.labels;
  if (labels === null || part.length === 0) return null;
  let correct = 0;
  let loss = 0;
  for (let first = 0; first < part.length; first += batchSize) {
    if (!(await mayGoOn())) return null;
    const indices = Int32Array.from(
      { length: Math.min(batchSize, part.length - first) },
      (_, offset) => first + offset,
    );
    const images = await part.read(indices);
    const own = labels.subarray(first, first + indices.length);
    context.begin({ segments: [{ domain, images: indices.length }], training: false });
    tf.tidy(() => {
      const inputs = tf.tensor(images, [indices.length, ...inputShapeOf(model)]);
      const scores = model.apply(inputs, { training: false }) as tf.Tensor2D;
      const whole = { images: indices.length, labels: own, weight: 1 };
      const [score] = crossEntropy(scores, { segments: [whole], smoothing: 0 }).segments;
      correct += score?.correct ?? NaN;
      loss += (score?.loss ?? NaN) * indices.length;
      right?.set(rightRows(scores, own).dataSync(), first);
    });
  }
  const n = part.length;
  return { accuracy: correct / n, n, ...wilsonInterval(correct, n), loss: loss / n };
}

/** Says of each row of class scores whether it counts as right, as the cross-entropy's kernel does. */
function rightRows(scores: tf.Tensor2D, labels: Int32Array): tf.Tensor {
  const best = scores.argMax(1).equal(tf.tensor1d(labels, 'int32'));
  return best.logicalAnd(scores.logSumExp(1).isFinite());
}
