import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { conditionOnClasses } from '../../../../src/nn/alignment/conditionOnClasses.ts';
import { coralLoss } from '../../../../src/nn/alignment/coralLoss.ts';
import { Discriminator } from '../../../../src/nn/alignment/discriminator.ts';
import { mmdLoss } from '../../../../src/nn/alignment/mmdLoss.ts';
import { reverseGradient } from '../../../../src/nn/alignment/reverseGradient.ts';
import { spectralPenalty } from '../../../../src/nn/alignment/spectralPenalty.ts';
import { scheduledWeight } from '../../../../src/nn/alignment/weightSchedule.ts';
import fixture from '../../../fixtures/nn/alignment.json' with { type: 'json' };
import { relativeError, startBothBackends } from '../../engine/gradients.ts';
import { segmentsOf } from '../models.ts';

const { dimensions, classes, units, lambda } = fixture;

interface Domains {
  readonly images: readonly number[];
  readonly features: tf.Tensor2D;
  readonly scores: tf.Tensor2D;
}

/** The fixture's batch with so many of its domains. */
function batchOf(domains: number): Domains {
  const images = fixture.images.slice(0, domains);
  const rows = images.reduce((sum, count) => sum + count, 0);
  return {
    images,
    features: tf.tensor2d(fixture.features.slice(0, rows * dimensions), [rows, dimensions]),
    scores: tf.tensor2d(fixture.classScores.slice(0, rows * classes), [rows, classes]),
  };
}

/** The error of a loss and of its gradient for the features. */
function errorOf(
  loss: (features: tf.Tensor2D, images: readonly number[]) => tf.Scalar,
  expected: readonly { readonly loss: number; readonly gradient: readonly number[] }[],
): number {
  const errors = expected.map((own, index) => {
    const { features, images } = batchOf(index + 2);
    const { value, grad } = tf.valueAndGrad((x) => loss(x as tf.Tensor2D, images))(features);
    return relativeError([value.dataSync(), grad.dataSync()], [[own.loss], own.gradient]);
  });
  return Math.max(...errors);
}

beforeAll(startBothBackends);

describe.each(['cpu', 'wasm'])('on %s, between two domains and among three', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
  });

  test.each(['biased', 'unbiased'] as const)('MMD, %s', (estimator) => {
    const error = errorOf((x, images) => mmdLoss(x, images, estimator), fixture.mmd[estimator]);
    expect(error).toBeLessThan(1e-5);
  });

  test('CORAL', () => {
    expect(errorOf(coralLoss, fixture.coral)).toBeLessThan(1e-5);
  });

  test('the largest singular values squared', () => {
    expect(errorOf(spectralPenalty, fixture.spectral)).toBeLessThan(1e-5);
  });

  test.each([
    ['a discriminator', 'adversarial', false, false],
    ['a discriminator with BatchNorm', 'adversarialBatchNorm', true, false],
    ['a discriminator of features and classes', 'conditional', false, true],
  ] as const)('%s behind a reversed gradient', (_, name, batchNorm, conditional) => {
    for (const [index, expected] of fixture[name].entries()) {
      const domains = index + 2;
      const { features, images, scores } = batchOf(domains);
      const conditioning = conditionOnClasses(dimensions, classes);
      const inputs = conditional ? conditioning.size : dimensions;
      const shape = { name: `d${domains}`, inputs, units, batchNorm, domains };
      const discriminator = new Discriminator(shape);
      discriminator.weights.forEach((weight, k) => {
        weight.write(tf.tensor(expected.weights[k]!, weight.shape as number[]));
      });
      let accuracy = NaN;
      const judge = (features: tf.Tensor2D): tf.Scalar => {
        const input = conditional ? conditioning.apply(features, scores) : features;
        const verdict = discriminator.judge(reverseGradient(input, lambda), segmentsOf(...images));
        ({ accuracy } = verdict);
        return verdict.loss;
      };
      const parameters = discriminator.weights.map((weight) => weight.read());
      const { value, grads } = tf.valueAndGrads((x) => judge(x as tf.Tensor2D))([
        features,
        ...parameters,
      ]);
      expect(
        relativeError(
          [value, ...grads].map((tensor) => tensor.dataSync()),
          [[expected.loss], expected.gradient, ...expected.weightGradients],
        ),
      ).toBeLessThan(1e-5);
      expect(accuracy).toBeCloseTo(expected.accuracy, 12);
    }
  });

  test('a reversed gradient is exactly −λ times that of what follows', () => {
    const x = tf.tensor1d([0.1, -2.3, 7]);
    const weights = tf.tensor1d([0.7, 1.3, -0.9]);
    const follow = (x: tf.Tensor) => tf.sum(tf.mul(x, weights));
    const { value, grad } = tf.valueAndGrad((x) => follow(reverseGradient(x, lambda)))(x);
    expect(value.dataSync()).toEqual(follow(x).dataSync());
    expect(grad.dataSync()).toEqual(weights.dataSync().map((w) => w * Math.fround(-lambda)));
  });
});

test('a weight rises as in DANN, or stays', () => {
  const shares = [0, 0.1, 0.5, 1];
  expect(shares.map((p) => scheduledWeight('ramp', p))).toEqual(fixture.ramp);
  expect(shares.map((p) => scheduledWeight('constant', p))).toEqual([1, 1, 1, 1]);
});
