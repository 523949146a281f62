import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { coralLoss } from '../../../../src/nn/alignment/coralLoss.ts';
import { mmdLoss } from '../../../../src/nn/alignment/mmdLoss.ts';
import { spectralPenalty } from '../../../../src/nn/alignment/spectralPenalty.ts';
import { useBothBackends } from '../../engine/backends.ts';
import { sample } from '../../engine/gradients.ts';

useBothBackends();

const IMAGES = [3, 3];

/** A loss and the largest magnitude of its gradient. */
function judged(loss: (x: tf.Tensor2D) => tf.Scalar, features: tf.Tensor) {
  const { value, grad } = tf.valueAndGrad((x) => loss(x as tf.Tensor2D))(features);
  return [value, tf.max(tf.abs(grad))].map((tensor) => tensor.dataSync()[0]);
}

const biased = (x: tf.Tensor2D) => mmdLoss(x, IMAGES, 'biased');
const unbiased = (x: tf.Tensor2D) => mmdLoss(x, IMAGES, 'unbiased');
const coral = (x: tf.Tensor2D) => coralLoss(x, IMAGES);
const bsp = (x: tf.Tensor2D) => spectralPenalty(x, IMAGES);

describe('between domains with the same images', () => {
  const twice = (): tf.Tensor => {
    const half = sample([3, 4]);
    return tf.concat([half, half]);
  };

  test.each([
    ['biased MMD', biased],
    ['CORAL', coral],
  ])('%s is 0', (_, loss) => {
    const [value, gradient] = judged(loss, twice());
    expect(value).toBeCloseTo(0, 6);
    expect(gradient).toBeCloseTo(0, 6);
  });

  test('unbiased MMD is less, as no image is compared with its twin within a domain', () => {
    expect(judged(unbiased, twice())[0]).toBeLessThan(0);
  });
});

test.each([
  ['biased MMD', biased, 0, 0],
  ['unbiased MMD', unbiased, 0, 0],
  ['CORAL', coral, 0, 0],
  // Each domain's features are u·vᵀ with |u|² = 3, |v|² = 4: σ² = 12 and ∂σ²/∂F = 2F.
  ['the largest singular value', bsp, 24, 2],
])('of equal features %s and its gradient are numbers', (_, loss, value, gradient) => {
  expect(judged(loss, tf.ones([6, 4]))).toEqual([
    expect.closeTo(value, 5),
    expect.closeTo(gradient, 5),
  ]);
});

test('of features that are all 0 the largest singular value is 0, and so is its gradient', () => {
  expect(judged(bsp, tf.zeros([6, 4]))).toEqual([0, 0]);
});

test('MMD loses no digits far from 0', () => {
  const near = sample([6, 4]);
  const [value] = judged(unbiased, near);
  const [far] = judged(unbiased, tf.add(near, 1024));
  expect(far! / value!).toBeCloseTo(1, 2);
});
