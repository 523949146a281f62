import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { onCpu, useBothBackends } from './backends.ts';
import { gradients, sample, type Operation } from './gradients.ts';

useBothBackends();

const operations: {
  name: string;
  shapes: number[][];
  operation: Operation;
}[] = [
  {
    name: 'a convolution',
    shapes: [
      [2, 5, 5, 5],
      [3, 3, 5, 9],
    ],
    operation: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
  },
  {
    name: 'a convolution of one channel',
    shapes: [
      [2, 5, 4, 1],
      [3, 3, 1, 4],
    ],
    operation: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
  },
  {
    name: 'a strided convolution',
    shapes: [
      [1, 6, 5, 2],
      [3, 2, 2, 3],
    ],
    operation: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'),
  },
  {
    name: 'a pointwise convolution',
    shapes: [
      [2, 4, 3, 5],
      [1, 1, 5, 4],
    ],
    operation: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'valid'),
  },
  {
    name: 'a transposed convolution',
    shapes: [
      [2, 3, 3, 2],
      [3, 3, 4, 2],
    ],
    operation: (x, filter) =>
      tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 6, 6, 4], 2, 'same'),
  },
  {
    name: 'a depthwise convolution',
    shapes: [
      [1, 5, 5, 5],
      [3, 3, 5, 1],
    ],
    operation: (x, filter) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
  },
  {
    name: 'a strided depthwise convolution',
    shapes: [
      [1, 5, 5, 2],
      [3, 3, 2, 2],
    ],
    operation: (x, filter) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'),
  },
  {
    name: 'a 3-D convolution',
    shapes: [
      [1, 4, 3, 4, 2],
      [2, 3, 2, 2, 3],
    ],
    operation: (x, filter) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, 2, 'same'),
  },
  {
    name: 'a matrix product',
    shapes: [
      [5, 6],
      [6, 7],
    ],
    operation: (a, b) => tf.matMul(a, b),
  },
  {
    name: 'a product of batches of transposed matrices',
    shapes: [
      [2, 6, 5],
      [2, 7, 6],
    ],
    operation: (a, b) => tf.matMul(a, b, true, true),
  },
  { name: 'ReLU', shapes: [[3, 5]], operation: (x) => tf.relu(x) },
  {
    name: 'average pooling',
    shapes: [[1, 5, 5, 3]],
    operation: (x) => tf.avgPool(x as tf.Tensor4D, 3, 2, 'same'),
  },
  {
    name: 'max pooling',
    shapes: [[1, 5, 5, 3]],
    operation: (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same'),
  },
  {
    name: '3-D average pooling',
    shapes: [[1, 4, 5, 4, 2]],
    operation: (x) => tf.avgPool3d(x as tf.Tensor5D, 3, 2, 'same'),
  },
  {
    name: '3-D max pooling',
    shapes: [[1, 4, 5, 4, 2]],
    operation: (x) => tf.maxPool3d(x as tf.Tensor5D, 3, 2, 'same'),
  },
];

/**
 * Where the gradients are not finite when one value, of an input (its index) or of dy, is not.
 */
function reached(
  { shapes, operation }: (typeof operations)[number],
  poison: number,
  where: number | 'dy',
): string[] {
  const inputs = shapes.map((shape, index) => {
    const tensor = sample(shape, 1, index + 1);
    return index === where ? poisoned(tensor, poison) : tensor;
  });
  const results = gradients((...x) => {
    const y = operation(...x);
    return where === 'dy' ? tf.mul(y, poisoned(tf.ones(y.shape), poison)) : y;
  }, inputs);
  return results.flatMap((values, array) =>
    [...values].flatMap((value, i) => (Number.isFinite(value) ? [] : [`${array}:${i}`])),
  );
}

function poisoned(tensor: tf.Tensor, poison: number): tf.Tensor {
  const values = tensor.dataSync<'float32'>();
  values[Math.floor(values.length / 2)] = poison;
  return tf.tensor(values, tensor.shape);
}

// They may reach more: a kernel may multiply them by the zeros of a padding, which cpu skips.
describe.each([NaN, Infinity, -Infinity])('%d is not lost in the gradients of', (poison) => {
  test.for(operations)('$name where the cpu backend has it', async (subject) => {
    for (const where of [...subject.shapes.keys(), 'dy'] as const) {
      const expected = await onCpu(() => reached(subject, poison, where));
      if (where === 'dy') expect(expected).not.toEqual([]);
      expect(reached(subject, poison, where), `from ${where}`).toEqual(
        expect.arrayContaining(expected),
      );
    }
  });
});
