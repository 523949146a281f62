import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createOptimizer } from '../../../src/nn/optimizers/optimizer.ts';
import { adam, adamW, sgd, type OptimizerSpec } from '../../../src/nn/optimizers/specs.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import fixture from '../../fixtures/nn/optimizers.json' with { type: 'json' };
import { relativeError, startBothBackends } from '../engine/gradients.ts';

beforeAll(startBothBackends);

/** A dense layer's kernel, of the fixture's shape and start, and its bias. */
function weights(): [kernel: tf.LayerVariable, bias: tf.LayerVariable] {
  const layer = tf.layers.dense({ units: fixture.shape[1]!, name: 'dense' });
  layer.build([null, fixture.shape[0]!]);
  layer.setWeights([tf.tensor(fixture.start, fixture.shape), tf.ones([fixture.shape[1]!])]);
  return layer.trainableWeights as [tf.LayerVariable, tf.LayerVariable];
}

function gradientOf(step: number): tf.Tensor {
  return tf.tensor(fixture.gradients[step]!, fixture.shape);
}

const CASES: ['adamW' | 'adamWithoutDefaults' | 'sgd' | 'momentum' | 'nesterov', OptimizerSpec][] =
  [
    ['adamW', adamW({ learningRate: 0.02, weightDecay: 0.1 })],
    ['adamWithoutDefaults', adam({ learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 })],
    ['sgd', sgd({ learningRate: 0.1 })],
    ['momentum', sgd({ learningRate: 0.1, momentum: 0.9 })],
    ['nesterov', sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })],
  ];

describe.each(CASES)('%s', (name, spec) => {
  test('takes the steps of torch.optim', () => {
    const [kernel] = weights();
    const optimizer = createOptimizer(spec, [kernel]);
    fixture.gradients.forEach((_, step) => {
      optimizer.apply({ [kernel.name]: gradientOf(step) });
    });
    expect(relativeError([kernel.read().dataSync()], [fixture[name]])).toBeLessThan(1e-6);
  });

  test('goes on from a restored state as if it had never stopped', () => {
    const run = (stop: number | null) => {
      const [kernel] = weights();
      let optimizer = createOptimizer(spec, [kernel]);
      fixture.gradients.forEach((_, step) => {
        if (step === stop) {
          const state = structuredClone(optimizer.state());
          optimizer = createOptimizer(spec, [kernel]);
          optimizer.restore(state);
        }
        optimizer.apply({ [kernel.name]: gradientOf(step) });
      });
      return [...kernel.read().dataSync()];
    };
    expect(run(11)).toEqual(run(null));
  });
});

test('AdamW decays kernels only, unless told to decay all', () => {
  const after = (decay: 'kernels' | 'all') => {
    const [kernel, bias] = weights();
    const optimizer = createOptimizer(adamW({ learningRate: 0.1, weightDecay: 0.5, decay }), [
      kernel,
      bias,
    ]);
    optimizer.apply({
      [kernel.name]: tf.zeros(fixture.shape),
      [bias.name]: tf.zeros([fixture.shape[1]!]),
    });
    return [kernel, bias].map((weight) => weight.read().dataSync()[0]!);
  };
  expect(after('kernels')[0]).toBeCloseTo(0.95 * fixture.start[0]!, 6);
  expect(after('kernels')[1]).toBe(1);
  expect(after('all')[1]).toBeCloseTo(0.95, 6);
});

test('a weight without a gradient neither moves nor counts the step', () => {
  const [kernel, bias] = weights();
  const optimizer = createOptimizer(adamW(), [kernel, bias]);
  optimizer.apply({ [kernel.name]: null });
  expect([...kernel.read().dataSync()]).toEqual(fixture.start);
  expect(optimizer.state().steps).toEqual({ kernel: 0, bias: 0 });
});

test('a step gives the weight a new tensor and leaves no other behind', () => {
  const [kernel] = weights();
  const optimizer = createOptimizer(adam(), [kernel]);
  const gradient = gradientOf(0);
  const { dataId } = kernel.read();
  const before = tf.memory().numTensors;
  optimizer.apply({ [kernel.name]: gradient });
  expect(kernel.read().dataId).not.toBe(dataId);
  expect(tf.memory().numTensors).toBe(before);
});

test('a step obeys the constraint of a weight', () => {
  const layer = tf.layers.dense({ units: 1, kernelConstraint: 'nonNeg', useBias: false });
  layer.build([null, 1]);
  layer.setWeights([tf.tensor2d([[0.5]])]);
  const [kernel] = layer.trainableWeights;
  const optimizer = createOptimizer(sgd({ learningRate: 1 }), [kernel!]);
  optimizer.apply({ [kernel!.name]: tf.tensor2d([[2]]) });
  expect(kernel!.read().dataSync()[0]).toBe(0);
});

test('a state of other weights is refused', () => {
  const [kernel, bias] = weights();
  const state = createOptimizer(adam(), [bias]).state();
  expect(() => {
    createOptimizer(adam(), [kernel]).restore(state);
  }).toThrow(/lacks "kernel"/);
});

test.each([
  [() => sgd({ learningRate: 0 }), 'sgd: learningRate must be a number above 0, got 0'],
  [() => sgd({ learningRate: 1, nesterov: true }), /momentum must be a number above 0 when/],
  [() => adam({ beta2: 1 }), /beta2 must be a number at least 0 and below 1/],
  [() => adamW({ weightDecay: -1 }), /weightDecay must be a number at least 0/],
  [() => adamW({ learningRate: NaN }), /adamW: learningRate must be a number above 0, got NaN/],
])('settings out of range are refused by name: %s', (declare, message) => {
  expect(declare).toThrow(UserError);
  expect(declare).toThrow(message);
});
