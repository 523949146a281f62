import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { FeatureTaps } from '../../../src/nn/alignment/featureTaps.ts';
import { createOptimizer } from '../../../src/nn/optimizers/optimizer.ts';
import { sgd } from '../../../src/nn/optimizers/specs.ts';
import { fuseBatchNormalization } from '../../../src/nn/fusedBatchNormalization.ts';
import { variablesOf } from '../../../src/nn/variables.ts';
import { weightsAtTest } from '../../../src/nn/spectralKernel.ts';
import { parseStrategy } from '../../../src/strategies/parseStrategy.ts';
import { trainStep } from '../../../src/training/trainStep.ts';
import fixture from '../../fixtures/training/spectral_steps.json' with { type: 'json' };
import { relativeError, startBothBackends } from '../engine/gradients.ts';
import { userCode } from '../nn/models.ts';

beforeAll(startBothBackends);

const { batch, epsilon, learningRate, start, end } = fixture;
/** The fixture's kernels by the names that ours have. */
const KERNELS = {
  'conv/kernel': 'conv',
  'separable/depthwise_kernel': 'depthwise',
  'separable/pointwise_kernel': 'pointwise',
  'transpose/kernel': 'transpose',
  'dense/kernel': 'dense',
} as const;

/** The fixture's net under `spectral`, with its weights and singular vectors. */
function net() {
  const code = userCode();
  const { layers, sequential } = code.ours;
  const normalize = (name: string) => layers.batchNormalization({ name, epsilon });
  const useBias = false;
  const model = sequential({
    layers: [
      layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3, useBias, inputShape: [6, 6, 2] }),
      normalize('bn1'),
      layers.reLU(),
      layers.separableConv2d({
        name: 'separable',
        filters: 5,
        kernelSize: 2,
        depthMultiplier: 2,
        useBias,
      }),
      normalize('bn2'),
      layers.reLU(),
      layers.conv2dTranspose({ name: 'transpose', filters: 3, kernelSize: 3, strides: 2, useBias }),
      normalize('bn3'),
      layers.reLU(),
      layers.globalAveragePooling2d({}),
      layers.dense({ name: 'dense', units: 3 }),
    ],
  });
  const { context } = code;
  parseStrategy('spectral').normalization.prepare({
    model,
    context,
    layers: context.layers,
    domains: [],
  });
  for (const weight of model.weights) {
    const values = expectedOf(weight.originalName, start);
    if (values !== undefined) weight.write(tf.tensor(values, weight.shape as number[]));
  }
  fuseBatchNormalization(model);
  return { model, context };
}

/** What a part of the fixture says of a weight of ours; nothing of moving statistics. */
function expectedOf(
  name: string,
  { weights, vectors }: Pick<typeof start, 'weights' | 'vectors'>,
): number[] | undefined {
  for (const [ours, theirs] of Object.entries(KERNELS)) {
    if (name === ours) return weights[`${theirs}/kernel`];
    if (name === `${ours}/left`) return vectors[theirs].left;
    if (name === `${ours}/right`) return vectors[theirs].right;
  }
  return (weights as Record<string, number[]>)[name];
}

function differences(model: tf.LayersModel, part: Pick<typeof start, 'weights' | 'vectors'>) {
  return model.weights.flatMap((weight) => {
    const expected = expectedOf(weight.originalName, part);
    return expected === undefined
      ? []
      : [
          {
            name: weight.originalName,
            error: relativeError([weight.read().dataSync()], [expected]),
          },
        ];
  });
}

function images(step: number) {
  return Float32Array.from(fixture.images[step]!);
}

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  test('takes the steps of PyTorch through every kind of kernel', () => {
    const { model, context } = net();
    const optimizer = createOptimizer(sgd({ learningRate, momentum: 0.9 }), model.trainableWeights);
    const taps = new FeatureTaps(model, context);
    const trainee = { model, context, optimizer, labelSmoothing: 0, taps, terms: [] };
    const losses = fixture.labels.map((labels, step) => {
      const drawn = {
        images: images(step),
        segments: [{ domain: 0, images: batch }],
        labels: [Int32Array.from(labels)],
      };
      const { segments } = trainStep(trainee, drawn, { learningRate, progress: 0 });
      return segments[0]!.loss;
    });
    expect(relativeError([losses.slice(0, 1)], [fixture.losses.slice(0, 1)])).toBeLessThan(1e-5);
    expect(relativeError([losses], [fixture.losses])).toBeLessThan(1e-4);
    const compared = differences(model, end);
    expect(compared).toHaveLength(22);
    for (const { name, error } of compared)
      expect({ name, error: error < 1e-4 }).toEqual({ name, error: true });
  });

  test("the gradients of the first step are PyTorch's", () => {
    const { model, context } = net();
    context.begin({ segments: [{ domain: 0, images: batch }], training: true });
    const kernels = model.trainableWeights.filter(({ originalName }) => originalName in KERNELS);
    const labels = tf.oneHot(tf.tensor1d(fixture.labels[0]!, 'int32'), 3);
    const { grads } = tf.variableGrads(() => {
      const x = tf.tensor(images(0), [batch, 6, 6, 2]);
      const scores = model.apply(x, { training: true }) as tf.Tensor2D;
      return tf.losses.softmaxCrossEntropy(labels, scores);
    }, variablesOf(kernels));
    for (const { name, originalName } of kernels) {
      const theirs = KERNELS[originalName as keyof typeof KERNELS];
      const actual = [grads[name]!.dataSync()];
      expect(relativeError(actual, [fixture.firstGradients[theirs]])).toBeLessThan(1e-5);
    }
  });

  test('100 passes make the largest singular value of every kernel 1', () => {
    const { model, context } = net();
    const x = tf.tensor(images(0), [batch, 6, 6, 2]);
    for (let pass = 0; pass < 100; pass++) {
      context.begin({ segments: [{ domain: 0, images: batch }], training: true });
      model.apply(x, { training: true });
    }
    for (const [ours, theirs] of Object.entries(KERNELS)) {
      const layer = model.getLayer(ours.split('/')[0]!);
      const kernels = layer.weights.filter(({ originalName }) => !/left|right/.test(originalName));
      const index = kernels.findIndex(({ originalName }) => originalName === ours);
      const divided = weightsAtTest(layer)[index]!;
      const scale = relativeScale(kernels[index]!.read(), divided);
      expect(Math.abs(scale / start.norms[theirs] - 1)).toBeLessThan(1e-3);
    }
  });

  test('only training moves the estimates, once in a pass', () => {
    const { model, context } = net();
    const vectors = () =>
      model.weights.filter(({ originalName }) => /left|right/.test(originalName));
    const values = () => vectors().map((weight) => [...weight.read().dataSync()]);
    const before = values();
    const x = tf.tensor(images(0), [batch, 6, 6, 2]);
    context.begin({ segments: [{ domain: 0, images: batch }], training: false });
    model.apply(x);
    expect(values()).toEqual(before);
    context.begin({ segments: [{ domain: 0, images: batch }], training: true });
    model.apply(x, { training: true });
    const after = values();
    expect(after).not.toEqual(before);
    model.apply(x, { training: true });
    expect(values()).toEqual(after);
    expect(vectors().some(({ trainable }) => trainable)).toBe(false);
  });
});

describe('what spectral cannot divide is refused:', () => {
  /** A dense layer inside another one. */
  class Around extends tf.layers.Layer {
    static className = 'Around';
    readonly inner = tf.layers.dense({ units: 3, name: 'inner' });
    constructor(
      private readonly buildsInner: boolean,
      private readonly listsAll: boolean,
    ) {
      super();
    }
    override build(shape: tf.Shape) {
      if (this.buildsInner) this.inner.build(shape);
      super.build(shape);
    }
    override computeOutputShape(): tf.Shape {
      return [null, 3];
    }
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return this.inner.apply(inputs) as tf.Tensor;
    }
    override get trainableWeights() {
      return this.inner.trainableWeights;
    }
    override get nonTrainableWeights() {
      return this.listsAll ? this.inner.nonTrainableWeights : [];
    }
  }

  const prepare = (layer: tf.layers.Layer) => {
    const { context } = userCode();
    const model = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [2, 2] }), layer] });
    const { normalization } = parseStrategy('spectral');
    normalization.prepare({ model, context, layers: context.layers, domains: [] });
  };

  test('nothing where a layer inside another one is built and listed', () => {
    expect(() => {
      prepare(new Around(true, true));
    }).not.toThrow();
  });

  test.each<[string, () => tf.layers.Layer]>([
    ['layer "inner" has no weights before its first call', () => new Around(false, true)],
    ['"inner" is inside a layer that does not list all its weights', () => new Around(true, false)],
    [
      'spectral: zero/kernel is all 0',
      () => tf.layers.dense({ units: 3, name: 'zero', kernelInitializer: 'zeros' }),
    ],
  ])('%s', (message, layer) => {
    expect(() => {
      prepare(layer());
    }).toThrow(message);
  });
});

/** What the first tensor is divided by in the second. */
function relativeScale(whole: tf.Tensor, divided: tf.Tensor): number {
  return Number(tf.div(tf.norm(whole), tf.norm(divided)).dataSync()[0]);
}
