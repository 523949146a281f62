import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { coralLoss } from '../../src/nn/alignment/coralLoss.ts';
import { mmdLoss } from '../../src/nn/alignment/mmdLoss.ts';
import { reverseGradient } from '../../src/nn/alignment/reverseGradient.ts';
import { spectralPenalty } from '../../src/nn/alignment/spectralPenalty.ts';
import { gradients, relativeError, sample, type Operation } from '../unit/engine/gradients.ts';
import { on, startAllBackends } from './backends.ts';

beforeAll(startAllBackends);
beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});

const image = [2, 7, 6, 3];

const operations: readonly { name: string; run: Operation; shapes: number[][] }[] = [
  {
    name: 'conv2d',
    run: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    shapes: [image, [3, 3, 3, 5]],
  },
  {
    name: 'conv2d with strides',
    run: (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'valid'),
    shapes: [image, [3, 2, 3, 4]],
  },
  {
    name: 'depthwiseConv2d',
    run: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
    shapes: [image, [3, 3, 3, 2]],
  },
  {
    name: 'conv2dTranspose',
    run: (x, w) =>
      tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, 14, 12, 2], 2, 'same'),
    shapes: [image, [3, 3, 2, 3]],
  },
  {
    name: 'conv3d',
    run: (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, 'valid'),
    shapes: [
      [2, 4, 4, 4, 2],
      [2, 2, 2, 2, 3],
    ],
  },
  {
    name: 'matMul',
    run: (a, b) => tf.matMul(a, b, false, true),
    shapes: [
      [4, 5],
      [3, 5],
    ],
  },
  { name: 'relu', run: (x) => tf.relu(x), shapes: [image] },
  { name: 'relu6', run: (x) => tf.relu6(tf.mul(x, 8)), shapes: [image] },
  { name: 'elu', run: (x) => tf.elu(x), shapes: [image] },
  { name: 'leakyRelu', run: (x) => tf.leakyRelu(x), shapes: [image] },
  { name: 'sigmoid', run: (x) => tf.sigmoid(x), shapes: [image] },
  { name: 'logSoftmax', run: (x) => tf.logSoftmax(x), shapes: [[4, 6]] },
  { name: 'avgPool', run: (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'), shapes: [image] },
  { name: 'mean over space', run: (x) => tf.mean(x, [1, 2]), shapes: [image] },
  {
    name: 'MMD',
    run: (x) => mmdLoss(x as tf.Tensor2D, [4, 3, 5], 'unbiased'),
    shapes: [[12, 6]],
  },
  { name: 'CORAL', run: (x) => coralLoss(x as tf.Tensor2D, [4, 3, 5]), shapes: [[12, 6]] },
  {
    name: 'largest singular values',
    run: (x) => spectralPenalty(x as tf.Tensor2D, [4, 3, 5]),
    shapes: [[12, 6]],
  },
  { name: 'a reversed gradient', run: (x) => reverseGradient(x, 0.3), shapes: [[12, 6]] },
  { name: 'concat', run: (a, b) => tf.concat([a, b], 3), shapes: [image, image] },
];

describe('the gradients of', () => {
  test.each(operations)('$name are those of cpu', async ({ run, shapes }) => {
    const inputs = () => shapes.map((shape, index) => sample(shape, 1, index + 1));
    const actual = gradients(run, inputs());
    const expected = await on('cpu', () => gradients(run, inputs()));
    expect(relativeError(actual, expected)).toBeLessThan(1e-5);
  });

  test.each([
    { window: 2, strides: 2, pad: 'valid' },
    { window: 2, strides: 2, pad: 'same' },
    { window: 3, strides: 2, pad: 'same' },
    { window: 3, strides: 1, pad: 'same' },
    { window: 2, strides: 3, pad: 'valid' },
    { window: 3, strides: 2, pad: 1 },
  ] as const)('maxPool of $window, strides $strides, $pad are those of cpu', async (pool) => {
    const { window, strides, pad } = pool;
    const run = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, window, strides, pad);
    for (const shape of [image, [1, 5, 5, 1], [3, 8, 9, 17]]) {
      const inputs = () => [tf.sub(sample(shape), 2)];
      const actual = gradients(run, inputs());
      const expected = await on('cpu', () => gradients(run, inputs()));
      expect(relativeError(actual, expected)).toBeLessThan(1e-6);
      const values = () => Array.from(run(inputs()[0]!).dataSync());
      expect(values()).toEqual(await on('cpu', values));
    }
  });

  test.each([NaN, Infinity, -Infinity])('maxPool treats %s as cpu does', async (bad) => {
    const pool = () => {
      const values = sample([1, 4, 4, 2]).dataSync<'float32'>().slice();
      values.fill(bad, 3, 12);
      return Array.from(tf.maxPool(tf.tensor4d(values, [1, 4, 4, 2]), 2, 2, 'valid').dataSync());
    };
    expect(pool()).toEqual(await on('cpu', pool));
  });

  test('maxPool of integers gives integers', () => {
    const pooled = tf.maxPool(tf.tensor4d([1, 4, 3, 2], [1, 2, 2, 1], 'int32'), 2, 2, 'valid');
    expect(pooled.dtype).toBe('int32');
    expect(pooled.dataSync()[0]).toBe(4);
  });

  test('maxPool go to the first of equal values', () => {
    const pool = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid');
    const [gradient] = gradients(pool, [tf.ones([1, 2, 2, 1])]);
    expect(gradient?.slice(1)).toEqual(Float32Array.of(0, 0, 0));
    expect(gradient?.[0]).not.toBe(0);
  });
});

describe('matMul', () => {
  test.each([
    [1, 1, 1],
    [3, 130, 5],
    [37, 45, 33],
    [57, 20, 70],
    [128, 64, 10],
  ])(
    'of [%i, %i] and [%i columns] is that of cpu, transposed or not',
    async (rows, depth, columns) => {
      for (const [transposeA, transposeB] of [
        [false, false],
        [false, true],
        [true, false],
        [true, true],
      ] as const) {
        const run = () => {
          const a = sample(transposeA ? [depth, rows] : [rows, depth], 1, 1);
          const b = sample(transposeB ? [columns, depth] : [depth, columns], 1, 2);
          return [tf.matMul(a, b, transposeA, transposeB).dataSync<'float32'>().slice()];
        };
        expect(relativeError(run(), await on('cpu', run))).toBeLessThan(1e-5);
      }
    },
  );

  test('of many matrices is that of cpu', async () => {
    const run = () => [
      tf
        .matMul(sample([2, 3, 4], 1, 1), sample([2, 4, 5], 1, 2))
        .dataSync<'float32'>()
        .slice(),
    ];
    expect(relativeError(run(), await on('cpu', run))).toBeLessThan(1e-5);
  });

  test.each([NaN, Infinity])('passes %s on to its row alone', (bad) => {
    const a = tf.tensor2d([1, bad, 2, 3], [2, 2]);
    const product = tf.matMul(a, tf.ones([2, 20])).dataSync();
    expect(product.subarray(0, 20).some(Number.isFinite)).toBe(false);
    expect(product.subarray(20).every((value) => value === 5)).toBe(true);
  });
});

test('relu on the other backends keeps its gradient', async () => {
  const values = await on('wasm', () => gradients((x) => tf.relu(x), [tf.tensor1d([-1, 2])]));
  expect(values[0]?.[0]).toBeCloseTo(0, 12);
  expect(values[0]?.[1]).not.toBeCloseTo(0, 3);
});
