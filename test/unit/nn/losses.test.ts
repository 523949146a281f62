import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { countCorrect, regularizationLosses, softmaxCrossEntropy } from '../../../src/nn/losses.ts';
import { startBothBackends } from '../engine/gradients.ts';

await startBothBackends();

const logits = tf.tensor2d([
  [0, Math.log(3)],
  [Math.log(4), 0],
]);
const labels = Int32Array.of(1, 1);

test('cross-entropy is the mean of −ln of the softmax at the label', () => {
  // The softmax gives the labels 3/4 and 1/5.
  const expected = -(Math.log(3 / 4) + Math.log(1 / 5)) / 2;
  expect(softmaxCrossEntropy(logits, labels).dataSync()[0]).toBeCloseTo(expected, 6);
});

test('its gradient is (softmax − one-hot) / n', () => {
  const gradient = tf.grad((x) => softmaxCrossEntropy(x as tf.Tensor2D, labels))(logits);
  const expected = [1 / 4, -1 / 4, 4 / 5, -4 / 5];
  gradient.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]! / 2, 6);
  });
});

test('it stays finite where a probability is below the smallest number', () => {
  const far = tf.tensor2d([[1000, 0]]);
  expect(softmaxCrossEntropy(far, Int32Array.of(1)).dataSync()[0]).toBe(1000);
});

test('a row is correct if its label has the largest score', () => {
  expect(countCorrect(logits, labels)).toBe(1);
});

test('neither leaves tensors behind', () => {
  const before = tf.memory().numTensors;
  softmaxCrossEntropy(logits, labels).dispose();
  countCorrect(logits, labels);
  expect(tf.memory().numTensors).toBe(before);
});

test('regularized weights count once, in layers called twice, wrapped and nested', () => {
  const two = {
    kernelInitializer: 'ones' as const,
    kernelRegularizer: tf.regularizers.l2({ l2: 1 }),
  };
  const shared = tf.layers.dense({ units: 2, ...two });
  const nested = tf.sequential({
    layers: [tf.layers.dense({ units: 3, inputShape: [2], ...two })],
  });
  const input = tf.input({ shape: [4, 2] });
  const inTime = tf.layers.timeDistributed({ layer: nested }).apply(input) as tf.SymbolicTensor;
  const once = tf.layers.dense({ units: 2, ...two }).apply(inTime) as tf.SymbolicTensor;
  const twice = shared.apply(shared.apply(once)) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: twice });
  const penalties = regularizationLosses(model).map((penalty) => penalty.dataSync()[0]);
  // Of ones, a kernel's sum of squares is its size: 2 x 3, 3 x 2 and 2 x 2.
  expect(penalties.sort()).toEqual([4, 6, 6]);
});
