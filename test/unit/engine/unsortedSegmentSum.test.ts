import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { startBothBackends } from './gradients.ts';

beforeAll(startBothBackends);

test('rows are added up by segment, in any order; negative segments are left out', () => {
  const rows = tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
  ]);
  const sums = tf.unsortedSegmentSum(rows, tf.tensor1d([2, 0, 2, -1], 'int32'), 4);
  expect(sums.arraySync()).toEqual([
    [3, 4],
    [0, 0],
    [6, 8],
    [0, 0],
  ]);
});

test('integers stay integers', () => {
  const sums = tf.unsortedSegmentSum(
    tf.tensor1d([1, 2, 3], 'int32'),
    tf.tensor1d([1, 1, 0], 'int32'),
    2,
  );
  expect(sums.dtype).toBe('int32');
  expect([...sums.dataSync()]).toEqual([3, 3]);
});
