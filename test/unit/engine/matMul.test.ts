import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { onCpu, useBothBackends } from './backends.ts';
import { differences, gradients, relativeError, sample } from './gradients.ts';

useBothBackends();

const shapes = [
  { n: 3, k: 5, m: 4, batch: [] },
  { n: 1, k: 5, m: 4, batch: [] },
  { n: 3, k: 1, m: 4, batch: [] },
  { n: 3, k: 5, m: 1, batch: [] },
  { n: 3, k: 5, m: 4, batch: [1] },
  { n: 3, k: 5, m: 4, batch: [2] },
];

test.for(shapes)(
  'the product of $n x $k and $k x $m matrices, batch $batch, is right in every orientation',
  async ({ n, k, m, batch }) => {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const multiply = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, transposeA, transposeB);
        const inputs = () => [
          sample([...batch, ...(transposeA ? [k, n] : [n, k])]),
          sample([...batch, ...(transposeB ? [m, k] : [k, m])], 1, 2),
        ];
        const value = (x: tf.Tensor[]) => multiply(x[0] ?? tf.scalar(0), x[1] ?? tf.scalar(0));
        const actual = [value(inputs()).dataSync(), ...gradients(multiply, inputs())];
        expect(relativeError(actual.slice(1), differences(multiply, inputs(), 0.5))).toBeLessThan(
          1e-5,
        );
        const expected = await onCpu(() => [value(inputs()).dataSync()]);
        expect(relativeError(actual, expected)).toBeLessThan(1e-5);
      }
    }
  },
);

test('a column used as it is and transposed is multiplied rightly both times', () => {
  const weights = tf.variable(tf.tensor2d([[1], [2], [3]]));
  const forward = tf.matMul(tf.tensor2d([[1, 10, 100]]), weights);
  const backward = tf.matMul(tf.tensor2d([[2], [3]]), weights, false, true);
  expect(forward.arraySync()).toEqual([[321]]);
  expect(backward.arraySync()).toEqual([
    [2, 4, 6],
    [3, 6, 9],
  ]);
});

test('integers are refused rather than multiplied as if they were floats', () => {
  const integers = tf.tensor2d([[1, 2]], [1, 2], 'int32');
  expect(() => tf.matMul(integers, integers, false, true)).toThrow('BatchMatMul');
});
