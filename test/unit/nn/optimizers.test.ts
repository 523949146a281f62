import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createOptimizer, type OptimizerOptions } from '../../../src/nn/optimizers/optimizer.ts';
import { learningRateAt } from '../../../src/nn/optimizers/schedules.ts';
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

type Case = Exclude<keyof typeof fixture, 'shape' | 'start' | 'gradients'>;

const CASES: [Case, OptimizerSpec, OptimizerOptions?][] = [
  ['adamW', adamW({ learningRate: 0.02, weightDecay: 0.1 })],
  ['adamWithoutDefaults', adam({ learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 })],
  ['adamWClipped', adamW({ learningRate: 0.02, weightDecay: 0.1 }), { clipNorm: 0.5 }],
  ['sgd', sgd({ learningRate: 0.1 })],
  ['sgdDecay', sgd({ learningRate: 0.1, weightDecay: 0.05 })],
  ['momentum', sgd({ learningRate: 0.1, momentum: 0.9 })],
  [
    'momentumClipped',
    sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.05 }),
    { clipNorm: 0.5 },
  ],
  ['nesterov', sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })],
  ['nesterovDecay', sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.05 })],
];

function rateOf({ learningRate }: OptimizerSpec): number {
  return learningRateAt(learningRate, 1, fixture.gradients.length);
}

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  describe.each(CASES)('%s', (name, spec, options) => {
    test('takes the steps of torch.optim', () => {
      const [kernel] = weights();
      const optimizer = createOptimizer(spec, [kernel], options);
      fixture.gradients.forEach((_, step) => {
        optimizer.apply({ [kernel.name]: gradientOf(step) }, rateOf(spec));
      });
      expect(relativeError([kernel.read().dataSync()], [fixture[name]])).toBeLessThan(1e-6);
    });

    test('goes on from a restored state as if it had never stopped', () => {
      const run = (stop: number | null) => {
        const [kernel] = weights();
        let optimizer = createOptimizer(spec, [kernel], options);
        fixture.gradients.forEach((_, step) => {
          if (step === stop) {
            const state = structuredClone(optimizer.state());
            optimizer = createOptimizer(spec, [kernel], options);
            optimizer.restore(state);
          }
          optimizer.apply({ [kernel.name]: gradientOf(step) }, rateOf(spec));
        });
        return [...kernel.read().dataSync()];
      };
      expect(run(11)).toEqual(run(null));
    });
  });

  test('a step gives the weight a new tensor and leaves no other behind', () => {
    const [kernel] = weights();
    const optimizer = createOptimizer(adam(), [kernel], { clipNorm: 1 });
    const gradient = gradientOf(0);
    const step = () => {
      optimizer.apply({ [kernel.name]: gradient }, 0.1);
    };
    step();
    const { dataId } = kernel.read();
    const before = tf.memory();
    step();
    expect(kernel.read().dataId).not.toBe(dataId);
    expect(tf.memory()).toMatchObject({
      numTensors: before.numTensors,
      numDataBuffers: before.numDataBuffers,
    });
  });

  test('clipping scales all gradients together, those of weights without decay too', () => {
    const [kernel, bias] = weights();
    const optimizer = createOptimizer(sgd({ learningRate: 1 }), [kernel, bias], { clipNorm: 2 });
    const before = [kernel, bias].map((weight) => weight.read().dataSync());
    // The squares of 3 and 4, six and three times: the norm is √102.
    const gradients = {
      [kernel.name]: tf.fill(fixture.shape, 3),
      [bias.name]: tf.fill([fixture.shape[1]!], 4),
    };
    optimizer.apply(gradients, 1);
    const scale = 2 / (Math.sqrt(102) + 1e-6);
    expect(before[0]![0]! - kernel.read().dataSync()[0]!).toBeCloseTo(3 * scale, 6);
    expect(before[1]![0]! - bias.read().dataSync()[0]!).toBeCloseTo(4 * scale, 6);
  });
});

describe('weight decay', () => {
  /** Names the weights of a layer that one step on zero gradients shrinks. */
  const shrunk = (layer: tf.layers.Layer, shape: tf.Shape, spec: OptimizerSpec): string[] => {
    layer.apply(tf.input({ shape: shape.slice(1) }));
    layer.setWeights(layer.getWeights().map((weight) => tf.onesLike(weight)));
    const own = layer.trainableWeights;
    const gradients = own.map((weight) => [weight.name, tf.zerosLike(weight.read())] as const);
    createOptimizer(spec, own).apply(Object.fromEntries(gradients), 0.1);
    return own
      .filter((weight) =>
        weight
          .read()
          .dataSync()
          .every((value) => value < 1),
      )
      .map(({ originalName }) => originalName.replace(/^.*\//, ''));
  };
  const decaying = adamW({ weightDecay: 0.5 });

  test.each<[layer: tf.layers.Layer, shape: tf.Shape, decayed: string[]]>([
    [tf.layers.dense({ units: 2 }), [null, 3], ['kernel']],
    [tf.layers.conv2d({ filters: 2, kernelSize: 2 }), [null, 4, 4, 3], ['kernel']],
    [tf.layers.depthwiseConv2d({ kernelSize: 2 }), [null, 4, 4, 3], ['depthwise_kernel']],
    [
      tf.layers.separableConv2d({ filters: 2, kernelSize: 2 }),
      [null, 4, 4, 3],
      ['depthwise_kernel', 'pointwise_kernel'],
    ],
    [tf.layers.lstm({ units: 2 }), [null, 4, 3], ['kernel', 'recurrent_kernel']],
    [tf.layers.embedding({ inputDim: 3, outputDim: 2 }), [null, 4], ['embeddings']],
    [tf.layers.prelu(), [null, 4, 4, 3], []],
    [tf.layers.batchNormalization(), [null, 4, 4, 3], []],
    [tf.layers.layerNormalization({ axis: [1, 2] }), [null, 4, 3], []],
  ])('shrinks the kernels of a layer, and nothing else: %#', (layer, shape, decayed) => {
    expect(shrunk(layer, shape, decaying)).toEqual(decayed);
  });

  test('shrinks all weights when told to, by as much as torch does', () => {
    const dense = () => tf.layers.dense({ units: 2 });
    const all = { weightDecay: 0.5, decay: 'all' } as const;
    expect(shrunk(dense(), [null, 3], adamW(all))).toEqual(['kernel', 'bias']);
    expect(shrunk(dense(), [null, 3], sgd({ learningRate: 1, ...all }))).toEqual([
      'kernel',
      'bias',
    ]);
    expect(shrunk(dense(), [null, 3], sgd({ learningRate: 1, weightDecay: 0.5 }))).toEqual([
      'kernel',
    ]);
  });
});

test('a weight without a gradient neither moves nor counts the step', () => {
  const [kernel, bias] = weights();
  const optimizer = createOptimizer(adamW(), [kernel, bias]);
  optimizer.apply({ [kernel.name]: null }, 0.1);
  expect([...kernel.read().dataSync()]).toEqual(fixture.start);
  expect(optimizer.state().steps).toEqual({ kernel: 0, bias: 0 });
});

test('a step obeys the constraint of a weight', () => {
  const layer = tf.layers.dense({ units: 1, kernelConstraint: 'nonNeg', useBias: false });
  layer.build([null, 1]);
  layer.setWeights([tf.tensor2d([[0.5]])]);
  const [kernel] = layer.trainableWeights;
  const optimizer = createOptimizer(sgd({ learningRate: 1 }), [kernel!]);
  optimizer.apply({ [kernel!.name]: tf.tensor2d([[2]]) }, 1);
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
  [
    () => sgd({ learningRate: 0 }),
    'sgd: learningRate must be a number above 0 or a schedule, got 0',
  ],
  [
    () => sgd({ learningRate: 1, nesterov: true }),
    'sgd: momentum must be above 0 when nesterov is true, got 0',
  ],
  [
    () => sgd({ learningRate: 1, momentum: 1 }),
    /momentum must be a number of at least 0 and below/,
  ],
  [() => adam({ beta2: 1 }), /beta2 must be a number of at least 0 and below 1/],
  [
    () => adam({ epsilon: Infinity }),
    'adam: epsilon must be a number above 0 in single precision, got Infinity',
  ],
  [
    () => adam({ epsilon: 1e-46 }),
    'adam: epsilon must be a number above 0 in single precision, got 1e-46',
  ],
  [
    () => adamW(JSON.parse('{ "epsilon": "1e-8" }') as object),
    'adamW: epsilon must be a number above 0 in single precision, got "1e-8"',
  ],
  [
    () => adam(JSON.parse('{ "beta1": "0.9" }') as object),
    'adam: beta1 must be a number of at least 0 and below 1, got "0.9"',
  ],
  [
    () => adamW(JSON.parse('{ "weightDecay": "0" }') as object),
    'adamW: weightDecay must be a number of at least 0, got "0"',
  ],
  [
    () => sgd(JSON.parse('{ "learningRate": 1, "momentum": "0.9" }') as never),
    'sgd: momentum must be a number of at least 0 and below 1, got "0.9"',
  ],
  [
    () => sgd(JSON.parse('{ "learningRate": 1, "nesterov": "false" }') as never),
    'sgd: nesterov must be true or false, got "false"',
  ],
  [() => adamW({ weightDecay: -1 }), /weightDecay must be a number of at least 0/],
  [() => adamW({ learningRate: NaN }), /learningRate must be a number above 0 or a schedule/],
  [
    () => adamW(JSON.parse('{ "decay": "none" }') as object),
    "adamW: decay must be 'kernels' or 'all', got \"none\"",
  ],
  [() => adamW(JSON.parse('{ "lr": 0.1 }') as object), 'adamW: there is no setting "lr"'],
])('settings that cannot be are refused by name: %s', (declare, message) => {
  expect(declare).toThrow(UserError);
  expect(declare).toThrow(message);
});
