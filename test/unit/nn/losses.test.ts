import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { countCorrect, softmaxCrossEntropy } from '../../../src/nn/losses.ts';
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
