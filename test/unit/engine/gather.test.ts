import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { onCpu, useBothBackends } from './backends.ts';
import { sample } from './gradients.ts';

useBothBackends();

describe('gathering with indices of its own for every batch', () => {
  const shapes: { x: number[]; indices: number[]; axis: number; batchDims: number }[] = [
    { x: [4, 3], indices: [4, 1], axis: 1, batchDims: 1 },
    { x: [2, 3, 4], indices: [2, 5], axis: 1, batchDims: 1 },
    { x: [2, 4, 3, 2], indices: [2, 2], axis: 2, batchDims: 1 },
    { x: [2, 3, 3, 2], indices: [2, 3, 4], axis: 2, batchDims: 2 },
  ];

  test.for(shapes)('$indices along axis $axis of $x is right', async (shape) => {
    const gather = () => {
      const size = tf.util.sizeFromShape(shape.indices);
      const indices = tf.tensor(
        Array.from({ length: size }, (_, i) => (i * 5 + 2) % 3),
        shape.indices,
        'int32',
      );
      const gathered = tf.gather(sample(shape.x), indices, shape.axis, shape.batchDims);
      return [gathered.shape, gathered.dataSync()];
    };
    expect(gather()).toEqual(await onCpu(gather));
  });

  test('refuses an index that no slice has', () => {
    const indices = tf.tensor2d([[0], [3]], [2, 1], 'int32');
    expect(() => tf.gather(sample([2, 3]), indices, 1, 1)).toThrow('3 is not in [0, 2]');
  });
});
