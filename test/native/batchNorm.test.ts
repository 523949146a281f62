import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  batchNormForward,
  batchNormGradient,
  batchNormMoments,
  type BatchNormAttributes,
} from '../../src/nn/batchNormKernel.ts';
import { batchNormalize } from '../../src/nn/batchNormalize.ts';
import { differences, gradients, relativeError, sample } from '../unit/engine/gradients.ts';
import { on, startAllBackends } from './backends.ts';

beforeAll(startAllBackends);

type Attributes = Pick<BatchNormAttributes, 'ownMoments' | 'rows'>;

const KINDS: readonly Attributes[] = [true, false].flatMap((ownMoments) =>
  [1, 2].map((rows) => ({ rows, ownMoments })),
);

const SETTINGS = { epsilon: 1e-3, isRectified: false, pooledColumns: null, groupSize: 1 };

const SHAPES: readonly [images: number, pixels: number, channels: number][] = [
  [5, 4, 2],
  [4, 1, 1],
  [5, 1, 33],
  [7, 49, 16],
  [6, 130, 17],
  [9, 65, 3],
];

type Options = { readonly offset?: number } & Partial<
  Pick<BatchNormAttributes, 'groupSize' | 'isRectified' | 'pooledColumns'>
>;

/** Every output of the kernels on the current backend. */
function outputs(
  shape: [number, number, number],
  kind: Attributes,
  { offset = 0, groupSize = 1, isRectified = false, pooledColumns = null }: Options = {},
): Float32Array[] {
  const [images, , channels] = shape;
  const { rows, ownMoments } = kind;
  return tf.tidy(() => {
    const x = tf.add(sample(shape, 2, 1), offset);
    const gamma = tf.add(sample([2, channels], 0.5, 2), 1);
    const beta = sample([2, channels], 0.5, 3);
    const settings = { groupSize, isRectified, pooledColumns, segments: [images - 1, 1] };
    const attributes = { ...SETTINGS, ...kind, ...settings };
    const { shift, sums, ...own } = batchNormMoments(x, attributes);
    const given = {
      mean: tf.add(sample([rows, channels], 0.3, 5), offset),
      variance: tf.add(sample([rows, channels], 0.3, 6), 1),
    };
    const { mean, variance } = ownMoments ? own : given;
    const { y, peaks } = batchNormForward({ x, gamma, beta, mean, variance }, attributes);
    const dy = sample(y.shape, 1, 4);
    const { dx, dGamma, dBeta } = batchNormGradient(
      { dy, peaks, x, gamma, beta, mean, variance },
      attributes,
    );
    const kept = [y, mean, variance, shift, sums, dx, dGamma, dBeta, ...(peaks ? [peaks] : [])];
    return kept.map((tensor) => tensor.dataSync<'float32'>().slice());
  });
}

describe.each(KINDS)('with $rows rows, own moments $ownMoments, the kernels', (kind) => {
  test.each(SHAPES)('give on [%i, %i, %i] what they give on cpu', async (...shape) => {
    const actual = outputs(shape, kind);
    const expected = await on('cpu', () => outputs(shape, kind));
    expected.forEach((values, index) => {
      expect(relativeError([actual[index] ?? []], [values])).toBeLessThan(1e-5);
    });
  });

  test.each([1, 3, 16, 37])('rectify %i channels as on cpu', async (channels) => {
    const run = () => outputs([5, 20, channels], kind, { isRectified: true });
    expect(relativeError(run(), await on('cpu', run))).toBeLessThan(1e-5);
  });

  test.each([
    { channels: 1, isRectified: true },
    { channels: 16, isRectified: true },
    { channels: 37, isRectified: true },
    { channels: 37, isRectified: false },
  ])('pool $channels channels, rectified $isRectified, as on cpu', async (settings) => {
    const { channels, isRectified } = settings;
    // 4 rows of 10 pixels.
    const run = () => outputs([5, 40, channels], kind, { isRectified, pooledColumns: 5 });
    expect(relativeError(run(), await on('cpu', run))).toBeLessThan(1e-5);
  });

  test('give with grouped channels what they give on cpu', async () => {
    const run = () => outputs([6, 20, 12], kind, { groupSize: 4 });
    expect(relativeError(run(), await on('cpu', run))).toBeLessThan(1e-5);
  });

  test('have the gradients of finite differences', () => {
    const mean = sample([kind.rows, 2], 0.3, 5) as tf.Tensor2D;
    const variance: tf.Tensor2D = tf.add(sample([kind.rows, 2], 0.3, 6), 1);
    const run = (...[x, gamma, beta]: tf.Tensor[]): tf.Tensor =>
      tf.tidy(() =>
        batchNormalize(
          {
            x: tf.reshape(x!, [5, 4, 2]),
            gamma: tf.reshape(gamma!, [kind.rows, 2]),
            beta: tf.reshape(beta!, [kind.rows, 2]),
            given: kind.ownMoments ? null : { mean, variance },
          },
          { ...SETTINGS, rows: kind.rows, segments: [3, 2], wantsMoments: false, correct: null },
          { moments: () => undefined, gradient: () => undefined },
        ),
      );
    const inputs = [
      sample([5, 4, 2], 2, 1),
      tf.add(sample([kind.rows, 2], 0.5, 2), 1),
      sample([kind.rows, 2], 0.5, 3),
    ];
    const error = relativeError(gradients(run, inputs), differences(run, inputs, 1e-2));
    expect(error).toBeLessThan(2e-3);
  });

  test('lose nothing to a large offset', async () => {
    const actual = outputs([6, 30, 5], kind, { offset: 1_000 });
    const expected = await on('cpu', () => outputs([6, 30, 5], kind, { offset: 1_000 }));
    expect(relativeError(actual, expected)).toBeLessThan(1e-5);
  });

  test.each([NaN, Infinity])('pass %s on as on cpu', async (bad) => {
    const run = () =>
      tf.tidy(() => {
        const values = sample([4, 3, 2]).dataSync<'float32'>().slice();
        values[7] = bad;
        const x = tf.tensor3d(values, [4, 3, 2]);
        const gamma = tf.ones([2, 2]);
        const attributes = { ...SETTINGS, ...kind, segments: [2, 2] };
        const { mean, variance, sums } = batchNormMoments(x, attributes);
        const { y } = batchNormForward({ x, gamma, beta: gamma, mean, variance }, attributes);
        return [y, mean, variance, sums].map((tensor) =>
          Array.from(tensor.dataSync(), Number.isFinite),
        );
      });
    expect(run()).toEqual(await on('cpu', run));
  });
});

test.each([false, true])(
  'treat ties, NaN and infinities of squares as on cpu: rectified %s',
  async (isRectified) => {
    const run = () =>
      tf.tidy(() => {
        const squares = [
          [1, 1, 0, 0],
          [0, 3, 3, 3],
          [-1, -2, -3, -1],
          [0, 0, 0, 0],
          [NaN, 2, NaN, 1],
          [NaN, NaN, NaN, NaN],
          [-Infinity, NaN, -Infinity, NaN],
          [1, Infinity, Infinity, NaN],
        ];
        const pixels = [0, 2].flatMap((k) => squares.flatMap((square) => square.slice(k, k + 2)));
        const x = tf.tensor3d(pixels, [1, pixels.length, 1]);
        const one: tf.Tensor2D = tf.ones([1, 1]);
        const zero: tf.Tensor2D = tf.zeros([1, 1]);
        const given = { gamma: one, beta: zero, mean: zero, variance: one };
        const attributes = {
          ...{ segments: [1], rows: 1, groupSize: 1, epsilon: 0, ownMoments: false },
          ...{ isRectified, pooledColumns: squares.length },
        };
        const { y, peaks } = batchNormForward({ x, ...given }, attributes);
        const { dx } = batchNormGradient({ dy: sample(y.shape), peaks, x, ...given }, attributes);
        return [y, dx].map((tensor) => Array.from(tensor.dataSync<'float32'>()));
      });
    expect(run()).toEqual(await on('cpu', run));
  },
);

test('the same batch gives the same bits again', () => {
  const kind = { rows: 2, ownMoments: true };
  expect(outputs([40, 100, 24], kind)).toEqual(outputs([40, 100, 24], kind));
});

test('no tensor is left behind', () => {
  const before = tf.memory().numTensors;
  outputs([5, 4, 2], { rows: 2, ownMoments: true });
  expect(tf.memory().numTensors).toBe(before);
});
