import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { useBothBackends } from './backends.ts';

useBothBackends();

test('every number but zero is true', () => {
  const floats = tf.tensor1d([0, -0, 0.5, -1, 2, 256, NaN, Infinity]);
  expect([...tf.cast(floats, 'bool').dataSync()]).toEqual([0, 0, 1, 1, 1, 1, 1, 1]);
  const integers = tf.tensor1d([0, 1, -3, 256], 'int32');
  expect([...tf.cast(integers, 'bool').dataSync()]).toEqual([0, 1, 1, 1]);
});

test('fractions become the integers towards zero', () => {
  expect([...tf.cast(tf.tensor1d([1.7, -1.7, 0.5]), 'int32').dataSync()]).toEqual([1, -1, 0]);
});
