import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { FeatureTaps } from '../../../../src/nn/alignment/featureTaps.ts';
import { fuseBatchNormalization } from '../../../../src/nn/fusedBatchNormalization.ts';
import { variablesOf } from '../../../../src/nn/variables.ts';
import { useBothBackends } from '../../engine/backends.ts';
import { relativeError, sample } from '../../engine/gradients.ts';
import { segmentsOf, userCode } from '../models.ts';

useBothBackends();

const images = [3, 2];

/** A model with a BatchNorm layer whose β makes half of its outputs negative, and its taps. */
function tapped() {
  const { context, ours } = userCode();
  const { layers } = ours;
  const model = ours.sequential({
    layers: [
      layers.conv2d({ name: 'conv', inputShape: [4, 4, 1], filters: 2, kernelSize: 3 }),
      layers.batchNormalization({ name: 'bn' }),
      layers.reLU({ name: 'relu' }),
      layers.flatten({ name: 'flatten' }),
      layers.dense({ name: 'scores', units: 2 }),
    ],
  });
  return { context, model, taps: new FeatureTaps(model, context) };
}

function pass<T>({ context, model, taps }: ReturnType<typeof tapped>, look: () => T): T {
  context.begin({ segments: segmentsOf(...images), training: true });
  return taps.during(() => {
    model.apply(sample([5, 4, 4, 1]), { training: true });
    return look();
  });
}

test('a tap has what a layer takes in and puts out, flat and image by image', () => {
  const own = tapped();
  const { model, taps } = own;
  const output = taps.at(model.getLayer('bn'), 'output');
  const input = taps.at(model.getLayer('scores'), 'input');
  expect([output.size, input.size]).toEqual([8, 8]);
  const [normalized, rectified] = pass(own, () =>
    [output.features(), input.features()].map(
      (features) => [features.shape, features.dataSync()] as const,
    ),
  );
  expect(normalized?.[0]).toEqual([5, 8]);
  expect(rectified).toEqual([[5, 8], normalized?.[1].map((value) => Math.max(0, value))]);
});

test('a tapped BatchNorm layer leaves ReLU to ReLU, and a tapped ReLU keeps its tap', () => {
  for (const name of ['bn', 'relu']) {
    const plain = tapped();
    const rectified = tapped();
    rectified.model.setWeights(plain.model.getWeights());
    const [expected, actual] = [plain, rectified].map((own) => {
      const tap = own.taps.at(own.model.getLayer(name), 'output');
      if (own === rectified) fuseBatchNormalization(own.model, own.taps.layers);
      return pass(own, () => tap.features().dataSync());
    });
    expect(actual).toEqual(expected);
    expect(Math.min(...actual!) < 0).toBe(name === 'bn');
  }
});

test('gradients reach what comes before a tap', () => {
  const own = tapped();
  const { context, model, taps } = own;
  const tap = taps.at(model.getLayer('conv'), 'output');
  const [kernel] = variablesOf(model.getLayer('conv').trainableWeights.slice(0, 1));
  const x = sample([5, 4, 4, 1]) as tf.Tensor4D;
  context.begin({ segments: segmentsOf(...images), training: true });
  const { grads } = tf.variableGrads(
    () =>
      taps.during(() => {
        model.apply(x, { training: true });
        return tf.sum<tf.Scalar>(tf.square(tap.features()));
      }),
    [kernel!],
  );
  const expected = tf.grad((kernel) =>
    tf.sum(tf.square(tf.conv2d(x, kernel as tf.Tensor4D, 1, 'valid'))),
  )(kernel!);
  const actual = grads[kernel!.name]!.dataSync();
  expect(relativeError([actual], [expected.dataSync()])).toBeLessThan(1e-5);
});

test('nothing is kept after a pass, and nothing is looked at outside of one', () => {
  const own = tapped();
  const { context, model, taps } = own;
  const tap = taps.at(model.getLayer('bn'), 'output');
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    pass(own, () => tap.features());
    context.begin({ segments: segmentsOf(...images), training: false });
    model.apply(sample([5, 4, 4, 1]), { training: false });
  });
  expect(tf.memory().numTensors).toBe(before);
  expect(() => tap.features()).toThrow('layer "bn" is not called in a forward pass');
});

test('a layer that is called twice is refused', () => {
  const { context, ours } = userCode();
  const twice = ours.layers.dense({ name: 'twice', units: 3, inputShape: [3] });
  const input = ours.input({ shape: [3] });
  const outputs = twice.apply(twice.apply(input)) as tf.SymbolicTensor;
  const taps = new FeatureTaps(ours.model({ inputs: input, outputs }), context);
  expect(() => taps.at(twice, 'output')).toThrow(
    'layer "twice" is called more than once in a forward pass',
  );
});
