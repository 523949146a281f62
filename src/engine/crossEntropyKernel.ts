import * as tf from '@tensorflow/tfjs';
import { CROSS_ENTROPY_KERNEL, type CrossEntropyAttributes } from '../nn/crossEntropyKernel.ts';

/**
 * Describes the cross-entropy kernel of any backend for TensorFlow.js to register: one pass over a
 * typed array, in double precision. Class scores are few, so that copying them costs nothing.
 */
export function crossEntropyKernel(backendName: string): tf.KernelConfig {
  return {
    kernelName: CROSS_ENTROPY_KERNEL,
    backendName,
    kernelFunc: ({ inputs, attrs }) =>
      crossEntropy(inputs['scores'] as tf.Tensor2D, attrs as unknown as CrossEntropyAttributes),
  };
}

function crossEntropy(
  tensor: tf.Tensor2D,
  { segments, smoothing }: CrossEntropyAttributes,
): tf.Tensor[] {
  const [, classes] = tensor.shape;
  const scores = tensor.dataSync<'float32'>();
  const gradient = new Float32Array(scores.length);
  const results = new Float32Array(2 * segments.length).fill(NaN);
  let loss = 0;
  let row = 0;
  segments.forEach(({ images, labels, weight }, segment) => {
    const end = row + images * classes;
    if (labels !== null) {
      const rows = scores.subarray(row, end);
      const mean = segmentMean(rows, labels, smoothing, weight, gradient.subarray(row, end));
      loss += weight * mean.loss;
      results.set([mean.loss, mean.correct], 2 * segment);
    }
    row = end;
  });
  return [
    tf.scalar(loss),
    tf.tensor(gradient, tensor.shape),
    tf.tensor(results, [segments.length, 2]),
  ];
}

/** Writes the gradient of weight · mean cross-entropy of the labelled rows of [images, classes]. */
function segmentMean(
  scores: Float32Array,
  labels: Int32Array,
  smoothing: number,
  weight: number,
  gradient: Float32Array,
): { loss: number; correct: number } {
  const classes = scores.length / labels.length;
  const spread = smoothing / classes;
  const labelled = labels.reduce((count, label) => (label < 0 ? count : count + 1), 0);
  const scale = weight / labelled;
  const powers = new Float64Array(classes);
  let loss = 0;
  let correct = 0;
  for (let image = 0; image < labels.length; image++) {
    const row = image * classes;
    const label = labels[image]!;
    if (label < 0) continue;
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[row + c]! > scores[row + best]!) best = c;
    const largest = scores[row + best]!;
    let sum = 0;
    let total = 0;
    for (let c = 0; c < classes; c++) {
      const score = scores[row + c]! - largest;
      powers[c] = Math.exp(score);
      sum += powers[c]!;
      total += score;
    }
    const chosen = scores[row + label]! - largest;
    const own = Math.log(sum) - (1 - smoothing) * chosen - (smoothing === 0 ? 0 : spread * total);
    loss += own;
    for (let c = 0; c < classes; c++) gradient[row + c] = scale * (powers[c]! / sum - spread);
    gradient[row + label]! -= scale * (1 - smoothing);
    // No score is above NaN, so that the first class would seem to be the best.
    if (best === label && Number.isFinite(own)) correct += 1;
  }
  return { loss: loss / labelled, correct };
}
