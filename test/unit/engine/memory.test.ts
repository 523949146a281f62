import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { gradients, sample, startBothBackends, type Operation } from './gradients.ts';

beforeAll(startBothBackends);

const operations: { name: string; shapes: number[][]; operation: Operation }[] = [
  {
    name: 'conv2d',
    shapes: [
      [2, 6, 6, 2],
      [3, 3, 2, 3],
    ],
    operation: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'),
  },
  {
    name: 'depthwiseConv2d',
    shapes: [
      [2, 6, 6, 2],
      [3, 3, 2, 2],
    ],
    operation: (x, filter) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'),
  },
  {
    name: 'conv3d',
    shapes: [
      [2, 4, 4, 4, 2],
      [2, 2, 2, 2, 3],
    ],
    operation: (x, filter) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, 2, 'same'),
  },
  {
    name: 'matMul',
    shapes: [
      [5, 1],
      [1, 5],
    ],
    operation: (a, b) => tf.matMul(a, b, true, true),
  },
  {
    name: 'maxPool',
    shapes: [[2, 6, 6, 2]],
    operation: (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'same'),
  },
  {
    name: 'gather',
    shapes: [[4, 2]],
    operation: (x) => tf.gather(x, [1, 3, 1]),
  },
];

test.for(operations)(
  '$name and its gradients leave nothing on the heap',
  ({ shapes, operation }) => {
    const backend = tf.engine().backend;
    const inputs = shapes.map((shape) => sample(shape));
    const before = backend.numDataIds();
    tf.tidy(() => gradients(operation, inputs));
    expect(backend.numDataIds()).toBe(before);
    tf.dispose(inputs);
  },
);
