import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { onCpu, useBothBackends } from './backends.ts';
import {
  differences,
  gradients,
  outputWeight,
  relativeError,
  sample,
  type Operation,
} from './gradients.ts';

useBothBackends();

/** Checks the wasm backend's gradients against finite differences and the cpu backend's. */
async function expectRightGradients(
  operation: Operation,
  inputs: () => tf.Tensor[],
  step = 0.5,
): Promise<void> {
  const values = inputs();
  const actual = gradients(operation, values);
  expect(relativeError(actual, differences(operation, values, step))).toBeLessThan(1e-4);
  const expected = await onCpu(() => gradients(operation, inputs()));
  expect(relativeError(actual, expected)).toBeLessThan(1e-5);
}

type Padding = 'same' | 'valid' | number;

const geometries = [
  { size: [6, 5], kernel: [3, 3], strides: 1, pad: 'same' },
  { size: [7, 6], kernel: [3, 3], strides: 1, pad: 'valid' },
  { size: [7, 6], kernel: [3, 3], strides: 2, pad: 'same' },
  { size: [8, 7], kernel: [3, 3], strides: 2, pad: 'valid' },
  { size: [6, 7], kernel: [3, 2], strides: [2, 1], pad: 'same' },
  { size: [6, 5], kernel: [1, 1], strides: 1, pad: 'same' },
  { size: [6, 5], kernel: [1, 1], strides: 2, pad: 'same' },
  { size: [5, 5], kernel: [3, 3], strides: 1, pad: 1 },
  { size: [6, 6], kernel: [3, 3], strides: 2, pad: 2 },
  { size: [6, 6], kernel: [2, 2], strides: 3, pad: 'valid' },
  { size: [4, 5], kernel: [5, 4], strides: 1, pad: 'same' },
  { size: [3, 3], kernel: [3, 3], strides: 1, pad: 'valid' },
] satisfies { size: number[]; kernel: number[]; strides: number | number[]; pad: Padding }[];

const channelCounts = [
  { batch: 1, channels: 1, filters: 3 },
  { batch: 2, channels: 1, filters: 12 },
  { batch: 1, channels: 4, filters: 1 },
  { batch: 2, channels: 3, filters: 1 },
  { batch: 3, channels: 2, filters: 4 },
];

describe('a 2-D convolution', () => {
  test.for(geometries)(
    'of $size by $kernel, strides $strides, padding $pad has right gradients',
    async ({ size, kernel, strides, pad }) => {
      for (const { batch, channels, filters } of channelCounts) {
        await expectRightGradients(
          (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides as 1, pad),
          () => [sample([batch, ...size, channels]), sample([...kernel, channels, filters], 1, 2)],
        );
      }
    },
  );

  test('adds up over more images than are unfolded at one time', () => {
    const [batch, size] = [128, 64];
    const x = sample([batch, size, size, 1]);
    const [gradient] = gradients(
      (filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
      [tf.ones([3, 3, 1, 1])],
    );
    const values = x.dataSync();
    const expected = new Float64Array(9);
    for (let output = 0; output < values.length; output++) {
      const column = output % size;
      const row = Math.floor(output / size) % size;
      for (let tap = 0; tap < 9; tap++) {
        const right = (tap % 3) - 1;
        const down = Math.floor(tap / 3) - 1;
        if (Math.min(row + down, column + right) < 0) continue;
        if (Math.max(row + down, column + right) >= size) continue;
        expected[tap]! += outputWeight(output) * values[output + down * size + right]!;
      }
    }
    expect(relativeError([gradient ?? []], [expected])).toBeLessThan(1e-4);
  });
});

describe('a transposed 2-D convolution', () => {
  test.for([
    { kernel: 3, strides: 2, pad: 'same', output: 9 },
    { kernel: 2, strides: 2, pad: 'valid', output: 10 },
    { kernel: 3, strides: 1, pad: 'same', output: 5 },
    { kernel: 4, strides: 3, pad: 'valid', output: 16 },
  ] as const)(
    'by $kernel, strides $strides, padding $pad has right values and gradients',
    async ({ kernel, strides, pad, output }) => {
      await expectRightGradients(
        (x, filter) =>
          tf.conv2dTranspose(
            x as tf.Tensor4D,
            filter as tf.Tensor4D,
            [2, output, output, 3],
            strides,
            pad,
          ),
        () => [sample([2, 5, 5, 2]), sample([kernel, kernel, 3, 2], 1, 2)],
      );
    },
  );
});

test('a transposed convolution of fewer rows and columns than its input makes gives these', () => {
  const x = sample([2, 6, 5, 2]) as tf.Tensor4D;
  const filter = sample([3, 3, 3, 2], 1, 2) as tf.Tensor4D;
  const smaller = tf.conv2dTranspose(x, filter, [2, 3, 4, 3], 1, 'same');
  const corner = tf.slice(x, [0, 0, 0, 0], [2, 3, 4, 2]);
  const expected = tf.conv2dTranspose(corner, filter, [2, 3, 4, 3], 1, 'same');
  expect(smaller.shape).toEqual([2, 3, 4, 3]);
  expect(relativeError([smaller.dataSync()], [expected.dataSync()])).toBeLessThan(1e-6);
});

describe('a depthwise convolution', () => {
  test.for(geometries)(
    'of $size by $kernel, strides $strides, padding $pad has right gradients',
    async ({ size, kernel, strides, pad }) => {
      for (const { batch, channels, multiplier } of [
        { batch: 1, channels: 3, multiplier: 1 },
        { batch: 2, channels: 2, multiplier: 3 },
        { batch: 3, channels: 1, multiplier: 2 },
      ]) {
        await expectRightGradients(
          (x, filter) =>
            tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides as 1, pad),
          () => [
            sample([batch, ...size, channels]),
            sample([...kernel, channels, multiplier], 1, 2),
          ],
        );
      }
    },
  );

  test.for(['same', 'valid', 1] as const)(
    'with dilated filters, padding %s has right gradient kernels',
    (pad) => {
      const x = sample([2, 8, 9, 2]) as tf.Tensor4D;
      const filter = sample([3, 3, 2, 2], 1, 2) as tf.Tensor4D;
      const dilations: [number, number] = [2, 2];
      const operation: Operation = (input, weights) =>
        tf.depthwiseConv2d(input as tf.Tensor4D, weights as tf.Tensor4D, 1, pad, 'NHWC', dilations);
      // TensorFlow.js refuses to differentiate this, so its kernels are called directly.
      const outputShape = operation(x, filter).shape;
      const dy = gradients((y) => y, [tf.zeros(outputShape)])[0] ?? new Float32Array();
      const shared = { strides: 1, pad, dilations };
      const gradient = tf.tensor(dy, outputShape);
      const forInput: tf.Tensor = tf
        .engine()
        .runKernel(
          'DepthwiseConv2dNativeBackpropInput',
          { dy: gradient, filter },
          { ...shared, inputShape: x.shape },
        );
      const forFilter: tf.Tensor = tf
        .engine()
        .runKernel(
          'DepthwiseConv2dNativeBackpropFilter',
          { x, dy: gradient },
          { ...shared, filterShape: filter.shape },
        );
      expect(
        relativeError(
          [forInput.dataSync(), forFilter.dataSync()],
          differences(operation, [x, filter], 0.5),
        ),
      ).toBeLessThan(1e-4);
    },
  );
});

describe('a 3-D convolution', () => {
  test.for([
    { size: [4, 5, 4], kernel: [2, 3, 2], strides: 1, pad: 'same' },
    { size: [4, 5, 4], kernel: [2, 3, 2], strides: 2, pad: 'same' },
    { size: [5, 4, 6], kernel: [2, 2, 3], strides: [2, 1, 2], pad: 'valid' },
    { size: [4, 4, 5], kernel: [3, 2, 2], strides: [1, 3, 2], pad: 'valid' },
  ] as const)(
    'of $size by $kernel, strides $strides, padding $pad has right gradients',
    async ({ size, kernel, strides, pad }) => {
      await expectRightGradients(
        (x, filter) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, strides as 1, pad),
        () => [sample([2, ...size, 2]), sample([...kernel, 2, 3], 1, 2)],
      );
    },
  );
});

test.for<{ what: string; size: tf.Tensor4D['shape']; kernel: number }>([
  { what: 'of no images', size: [0, 5, 5, 2], kernel: 3 },
  { what: 'whose filter is larger than its input', size: [2, 2, 2, 2], kernel: 3 },
])('a convolution $what has an empty output and gradients of zeros', ({ size, kernel }) => {
  const x = tf.zeros<tf.Rank.R4>(size);
  const filter = tf.ones<tf.Rank.R4>([kernel, kernel, 2, 3]);
  const info = tf.backend_util.computeConv2DInfo(x.shape, filter.shape, 1, 1, 'valid');
  const attributes = { strides: 1, pad: 'valid', dataFormat: 'NHWC' };
  const dy = tf.zeros(info.outShape.map((length) => Math.max(0, length)));
  const gradient: tf.Tensor = tf
    .engine()
    .runKernel('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape: filter.shape });
  expect(gradient.dataSync()).toEqual(new Float32Array(filter.size));
});
