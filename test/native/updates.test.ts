import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { adamUpdate, momentumUpdate } from '../../src/nn/optimizers/updateKernels.ts';
import { relativeError, sample } from '../unit/engine/gradients.ts';
import { on, startAllBackends } from './backends.ts';

beforeAll(startAllBackends);

/** One value, some vectors and a rest, and more than one thread's share. */
const SIZES = [1, 39, 40_001];

test.each(SIZES)('Adam updates %i weights as on cpu', async (size) => {
  const settings = { gradientScale: 0.7, beta1: 0.9, beta2: 0.99, stepSize: 0.01 };
  const run = () =>
    tf.tidy(() =>
      adamUpdate(
        {
          weight: sample([size], 1, 1),
          gradient: sample([size], 1, 2),
          firstMoment: sample([size], 1, 3),
          secondMoment: tf.abs(sample([size], 1, 4)),
        },
        { ...settings, correction: 0.3, epsilon: 1e-3, decay: 0.02 },
      ).map((tensor) => tensor.dataSync<'float32'>().slice()),
    );
  expect(relativeError(run(), await on('cpu', run))).toBeLessThan(1e-5);
});

test.each(SIZES)('momentum updates %i weights as on cpu', async (size) => {
  const settings = { gradientScale: 0.7, weightDecay: 0.1, momentum: 0.9, stepSize: 0.01 };
  const run = () =>
    tf.tidy(() =>
      momentumUpdate(
        {
          weight: sample([size], 1, 1),
          gradient: sample([size], 1, 2),
          momentum: sample([size], 1, 3),
        },
        { ...settings, byGradient: 1, byMomentum: 0.9 },
      ).map((tensor) => tensor.dataSync<'float32'>().slice()),
    );
  expect(relativeError(run(), await on('cpu', run))).toBeLessThan(1e-5);
});

test('a weight that was read keeps its values when it is updated', () => {
  const weight = tf.tensor1d([1, 2, 3]);
  const zeros = [1, 2].map(() => tf.zeros([3]));
  const [firstMoment, secondMoment] = zeros as [tf.Tensor, tf.Tensor];
  const settings = { gradientScale: 1, beta1: 0.9, beta2: 0.99, stepSize: 1, decay: 0 };
  const [next] = adamUpdate(
    { weight, gradient: tf.ones([3]), firstMoment, secondMoment },
    { ...settings, correction: 1, epsilon: 1e-3 },
  );
  expect(Array.from(weight.dataSync())).toEqual([1, 2, 3]);
  expect(next?.dataSync()[0]).toBeLessThan(1);
});

test('no tensor is left behind', () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const [weight, gradient, momentum] = [1, 2, 3].map((seed) => sample([5], 1, seed)) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    momentumUpdate(
      { weight, gradient, momentum },
      {
        ...{ gradientScale: 1, weightDecay: 0, momentum: 0.9, stepSize: 0.1 },
        ...{ byGradient: 0, byMomentum: 1 },
      },
    );
  });
  expect(tf.memory().numTensors).toBe(before);
});
