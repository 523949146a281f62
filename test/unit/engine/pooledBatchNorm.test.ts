import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { batchNormForward, batchNormGradient } from '../../../src/nn/batchNormKernel.ts';
import { useBothBackends } from './backends.ts';
import { sample } from './gradients.ts';

useBothBackends();

const SQUARES = [
  [1, 1, 0, 0],
  [0, 3, 3, 3],
  [0, 0, 2, 2],
  [-1, -2, -3, -1],
  [0, 0, 0, 0],
  [NaN, 2, NaN, 1],
  [NaN, NaN, NaN, 1],
  [NaN, -2, -1, NaN],
  [NaN, NaN, NaN, NaN],
  [-Infinity, -Infinity, -Infinity, -Infinity],
  [-Infinity, NaN, -Infinity, NaN],
  [1, Infinity, Infinity, NaN],
];

/** The squares next to each other in one image, alike in every channel: [1, 2 rows, columns, channels]. */
function squaresOf(channels: number): tf.Tensor4D {
  const rows = [0, 2].map((first) =>
    SQUARES.flatMap((square) =>
      square.slice(first, first + 2).map((value) => Array<number>(channels).fill(value)),
    ),
  );
  return tf.tensor4d([rows]);
}

describe.each([1, 4, 5])('BatchNorm that pools %d channels', (channels) => {
  describe.each(['wasm', 'cpu'])('on %s', (backend) => {
    test.for([false, true])(
      'treats ties, NaN and infinities as max pooling does: rectified %s',
      async (isRectified) => {
        await tf.setBackend(backend);
        const x = squaresOf(channels);
        // Which leaves x as it is.
        const given = {
          gamma: tf.ones<tf.Rank.R2>([1, channels]),
          beta: tf.zeros<tf.Rank.R2>([1, channels]),
          mean: tf.zeros<tf.Rank.R2>([1, channels]),
          variance: tf.ones<tf.Rank.R2>([1, channels]),
        };
        const kind = { segments: [1], rows: 1, groupSize: 1, epsilon: 0, ownMoments: false };
        const attributes = { ...kind, isRectified, pooledColumns: SQUARES.length };
        const pixels = tf.reshape<tf.Rank.R3>(x, [1, 4 * SQUARES.length, channels]);
        const { y, peaks } = batchNormForward({ x: pixels, ...given }, attributes);
        const dy = sample(y.shape);
        const { dx } = batchNormGradient({ dy, peaks, x: pixels, ...given }, attributes);

        const apart = (values: tf.Tensor4D) =>
          tf.maxPool(isRectified ? tf.relu(values) : values, 2, 2, 'valid');
        const pooled = apart(x);
        expect(y.dataSync()).toEqual(pooled.dataSync());
        const gradient = tf.grad((values) => apart(values as tf.Tensor4D));
        const expected = gradient(x, tf.reshape(dy, pooled.shape));
        // BatchNorm adds x times 0, which is NaN where x is not finite.
        const fromInput = tf.mul(tf.abs(x), 0);
        expect(dx.dataSync()).toEqual(tf.add(expected, fromInput).dataSync());
      },
    );
  });
});
