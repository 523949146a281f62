import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { FeatureTaps } from '../../../src/nn/alignment/featureTaps.ts';
import { createOptimizer } from '../../../src/nn/optimizers/optimizer.ts';
import { cosineDecay, learningRateAt, warmup } from '../../../src/nn/optimizers/schedules.ts';
import { adamW } from '../../../src/nn/optimizers/specs.ts';
import { trainStep } from '../../../src/training/trainStep.ts';
import fixture from '../../fixtures/training/train_step.json' with { type: 'json' };
import { relativeError, startBothBackends } from '../engine/gradients.ts';
import { userCode } from '../nn/models.ts';

beforeAll(startBothBackends);

const { segments: sizes, units, classes, inputs, epsilon, clipNorm, weightDecay } = fixture;
const steps = fixture.images.length;
const learningRate = warmup({
  over: fixture.warmup,
  next: cosineDecay({ initial: fixture.learningRate, final: fixture.finalRate }),
});

/** A new trainee with the fixture's net and weights. */
function trainee() {
  const { context, ours } = userCode();
  const model = ours.sequential({
    layers: [
      ours.layers.dense({ units, inputShape: [inputs], useBias: false }),
      ours.layers.batchNormalization({ epsilon }),
      ours.layers.reLU(),
      ours.layers.dense({
        units: classes,
        kernelRegularizer: ours.regularizers.l2({ l2: fixture.penalty }),
      }),
    ],
  });
  model.trainableWeights.forEach((weight, index) => {
    weight.write(tf.tensor(fixture.start[index]!, weight.shape as number[]));
  });
  const optimizer = createOptimizer(adamW({ learningRate, weightDecay }), model.trainableWeights, {
    clipNorm,
  });
  const taps = new FeatureTaps(model, context);
  const { labelSmoothing } = fixture;
  return { model, context, optimizer, labelSmoothing, taps, terms: [] };
}

const at = (rate: number) => ({ learningRate: rate, progress: 0 });

function batch(step: number) {
  const [first = 0] = sizes;
  const labels = fixture.labels[step]!;
  return {
    images: Float32Array.from(fixture.images[step]!),
    segments: sizes.map((images, domain) => ({ domain, images })),
    labels: [Int32Array.from(labels.slice(0, first)), Int32Array.from(labels.slice(first)), null],
  };
}

test.each(['cpu', 'wasm'])('training takes the steps of PyTorch on %s', async (backend) => {
  await tf.setBackend(backend);
  const own = trainee();
  const results = Array.from({ length: steps }, (_, step) =>
    trainStep(own, batch(step), at(learningRateAt(learningRate, step + 1, steps))),
  );
  const losses = results.map(({ segments }) => segments.slice(0, 2).map(({ loss }) => loss));
  expect(relativeError(losses, fixture.losses)).toBeLessThan(1e-5);
  const weights = own.model.trainableWeights.map((weight) => weight.read().dataSync());
  expect(relativeError(weights, fixture.end)).toBeLessThan(1e-5);
  for (const { segments } of results) {
    const [, , unlabelled] = segments;
    expect(unlabelled).toEqual({ domain: 2, images: 3, loss: NaN, accuracy: NaN, labels: null });
  }
});

test('a step leaves no tensor behind', () => {
  const own = trainee();
  trainStep(own, batch(0), at(0.1));
  const before = tf.memory().numTensors;
  trainStep(own, batch(1), at(0.1));
  expect(tf.memory().numTensors).toBe(before);
});
