import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { unfuseOperations } from '../../../src/nn/unfusedOperations.ts';
import { onCpu, useBothBackends } from '../engine/backends.ts';
import { gradients, relativeError, sample } from '../engine/gradients.ts';

useBothBackends();
unfuseOperations();

async function kernelsOf(run: () => tf.Tensor): Promise<string[]> {
  const { kernelNames } = await tf.profile(run);
  return kernelNames;
}

test('a first layer computes no gradient for its images', async () => {
  const images = sample([2, 6, 6, 1]) as tf.Tensor4D;
  const layer = tf.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 6, 1] });
  const dense = tf.layers.dense({ units: 2 });
  const model = tf.sequential({ layers: [layer, tf.layers.flatten(), dense] });
  const kernels = await kernelsOf(() => {
    const { value, grads } = tf.variableGrads(() => tf.sum(model.apply(images) as tf.Tensor));
    tf.dispose(grads);
    return value;
  });
  expect(kernels).toContain('Conv2DBackpropFilter');
  expect(kernels).not.toContain('Conv2DBackpropInput');
  model.dispose();
});

const activations = ['relu', 'relu6', 'elu', 'sigmoid', 'linear'] as const;

test.for(activations)(
  'a dense layer with bias and %s is what it stands for',
  async (activation) => {
    const inputs = () => [sample([3, 5]), sample([5, 4], 1, 2), sample([4], 1, 3)];
    const layer = (a?: tf.Tensor, b?: tf.Tensor, bias?: tf.Tensor) =>
      tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation });
    const plain = (a?: tf.Tensor, b?: tf.Tensor, bias?: tf.Tensor) => {
      const sum = tf.add(tf.matMul(a!, b!), bias!);
      return activation === 'linear' ? sum : tf[activation](sum);
    };
    const actual = gradients(layer, inputs());
    const expected = await onCpu(() => gradients(plain, inputs()));
    expect(relativeError(actual, expected)).toBeLessThan(1e-5);
  },
);
