import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { gradients, sample, startBothBackends, type Operation } from './gradients.ts';

beforeAll(startBothBackends);
beforeEach(() => {
  tf.engine().startScope();
});
afterEach(async () => {
  tf.engine().endScope();
  await tf.setBackend('wasm');
});

const operations: { name: string; filter?: number[]; operation: Operation }[] = [
  {
    name: 'conv2d',
    filter: [3, 3, 2, 2],
    operation: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'),
  },
  {
    name: 'depthwiseConv2d',
    filter: [3, 3, 2, 2],
    operation: (x, filter) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same'),
  },
  { name: 'avgPool', operation: (x) => tf.avgPool(x as tf.Tensor4D, 3, 2, 'same') },
  { name: 'maxPool', operation: (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same') },
];

/** Whether each gradient holds a NaN when one place of the first input, or of dy, is NaN. */
function poisoned({ filter, operation }: (typeof operations)[number], where: 'input' | 'dy') {
  const x = sample([1, 5, 5, 2]);
  const values = x.dataSync();
  if (where === 'input') values[24] = NaN;
  const inputs = [tf.tensor(values, x.shape), ...(filter ? [sample(filter)] : [])];
  return gradients((...all) => {
    const y = operation(...all);
    if (where === 'input') return y;
    const mask = new Float32Array(y.size).fill(1);
    mask[9] = NaN;
    return tf.mul(y, tf.tensor(mask, y.shape));
  }, inputs).map((gradient) => gradient.some(Number.isNaN));
}

describe('a NaN reaches the gradients of', () => {
  for (const where of ['input', 'dy'] as const) {
    test.for(operations)(`$name from the ${where} as in the cpu backend`, async (subject) => {
      const actual = poisoned(subject, where);
      await tf.setBackend('cpu');
      expect(actual).toEqual(poisoned(subject, where));
    });
  }
});
