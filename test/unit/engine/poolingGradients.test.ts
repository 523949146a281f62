import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { onCpu, useBothBackends } from './backends.ts';
import { differences, gradients, relativeError, sample } from './gradients.ts';

useBothBackends();

const geometries = [
  { size: [6, 6], window: 2, strides: 2, pad: 'valid' },
  { size: [7, 5], window: 2, strides: 2, pad: 'same' },
  { size: [7, 8], window: 3, strides: 2, pad: 'same' },
  { size: [7, 8], window: 3, strides: 2, pad: 'valid' },
  { size: [5, 6], window: 3, strides: 1, pad: 'same' },
  { size: [6, 7], window: 3, strides: 2, pad: 1 },
  { size: [5, 5], window: 2, strides: 3, pad: 'valid' },
  { size: [4, 5], window: [4, 5], strides: 1, pad: 'valid' },
  {
    size: [3, 3],
    window: 3,
    strides: 1,
    pad: [
      [0, 0],
      [1, 2],
      [0, 1],
      [0, 0],
    ],
  },
] satisfies {
  size: number[];
  window: number | [number, number];
  strides: number;
  pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
}[];

/** Smaller than half the distance between two sampled values, which so keep their order. */
const STEP = 2e-3;

describe('max pooling', () => {
  test.for(geometries)(
    'of $size by $window, strides $strides, padding $pad has right gradients',
    async ({ size, window, strides, pad }) => {
      for (const [batch, channels] of [
        [1, 1],
        [2, 3],
      ] as const) {
        const pool = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, window, strides, pad);
        const input = () => [sample([batch, ...size, channels])];
        const actual = gradients(pool, input());
        expect(relativeError(actual, differences(pool, input(), STEP))).toBeLessThan(2e-3);
        const expected = await onCpu(() => gradients(pool, input()));
        expect(relativeError(actual, expected)).toBeLessThan(1e-6);
      }
    },
  );

  test('passes the gradient on where no value is positive', () => {
    const pool = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'same');
    const input = tf.tensor4d([-4, -3, -2, -1, 0, 0, -7, -6, -5], [1, 3, 3, 1]);
    const [gradient] = tf.grads((x) => tf.sum(pool(x)))([input]);
    expect(gradient?.dataSync()).toEqual(new Float32Array([0, 0, 0, 0, 1, 1, 0, 1, 1]));
  });

  test('in three dimensions gives negative maxima too', () => {
    const x = tf.tensor5d([-4, -3, -2, -1, -8, -7, -6, -5], [1, 2, 2, 2, 1]);
    expect(tf.maxPool3d(x, [1, 2, 2], 1, 'same').dataSync()).toEqual(
      new Float32Array([-1, -1, -1, -1, -5, -5, -5, -5]),
    );
  });

  test('in three dimensions has right gradients for values of either sign', () => {
    for (const pad of ['same', 'valid'] as const) {
      const pool = (x: tf.Tensor) => tf.maxPool3d(x as tf.Tensor5D, [2, 3, 2], [2, 2, 1], pad);
      const input = [sample([2, 3, 5, 4, 2])];
      expect(relativeError(gradients(pool, input), differences(pool, input, STEP))).toBeLessThan(
        2e-3,
      );
    }
  });
});

describe('average pooling', () => {
  test.for(geometries)(
    'of $size by $window, strides $strides, padding $pad has right gradients',
    ({ size, window, strides, pad }) => {
      for (const [batch, channels] of [
        [1, 1],
        [2, 3],
      ] as const) {
        const pool = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, window, strides, pad);
        const input = [sample([batch, ...size, channels])];
        expect(relativeError(gradients(pool, input), differences(pool, input, 0.5))).toBeLessThan(
          1e-5,
        );
      }
    },
  );

  test('in three dimensions has right gradients', () => {
    for (const pad of ['same', 'valid'] as const) {
      const pool = (x: tf.Tensor) => tf.avgPool3d(x as tf.Tensor5D, [2, 3, 2], [2, 2, 1], pad);
      const input = [sample([2, 3, 5, 4, 2])];
      expect(relativeError(gradients(pool, input), differences(pool, input, 0.5))).toBeLessThan(
        1e-5,
      );
    }
  });
});
