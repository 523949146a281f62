import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BatchContext, DomainSegment } from '../../../src/nn/batchContext.ts';
import { discoverSites } from '../../../src/nn/sites.ts';
import { variablesOf } from '../../../src/nn/variables.ts';
import { relativeError, sample, startBothBackends } from '../engine/gradients.ts';
import { apart, Reports, segmentsOf, userCode, valuesOf } from './models.ts';

beforeAll(startBothBackends);

/** One training pass; returns what was reported. */
function pass(
  model: tf.LayersModel,
  context: BatchContext,
  segments: readonly DomainSegment[],
): Reports {
  const images = segments.reduce((sum, segment) => sum + segment.images, 0);
  const observer = new Reports();
  context.begin({ segments, training: true, observer });
  const [, ...shape] = model.inputs[0]!.shape;
  const x = sample([images, ...shape.map(Number)], 2);
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    tf.variableGrads(
      () => tf.sum(tf.square(model.apply(x) as tf.Tensor)),
      variablesOf(model.trainableWeights),
    );
  });
  expect(tf.memory().numTensors).toBe(before);
  return observer;
}

function sitesReported({ sums, norms }: Reports): [forward: number[], backward: number[]] {
  return [sums.map(([site]) => site), [...new Set(norms.map(([site]) => site))].sort()];
}

describe('sites', () => {
  test('of a sequential model are its layers in the order of construction', () => {
    const { context, ours } = userCode();
    const second = ours.layers.batchNormalization({ name: 'second' });
    const model = ours.sequential({
      layers: [
        ours.layers.conv2d({ inputShape: [4, 4, 1], filters: 3, kernelSize: 3 }),
        ours.layers.batchNormalization({ name: 'first' }),
        ours.layers.flatten(),
        ours.layers.dense({ units: 2 }),
        second,
      ],
    });
    ours.layers.batchNormalization({ name: 'unused' });
    const sites = discoverSites(model, context, [4, 4, 1]);
    expect(sites.map(({ name, channels }) => [name, channels])).toEqual([
      ['second', 2],
      ['first', 3],
    ]);
    expect(context.pass).toBeNull();
    expect(sitesReported(pass(model, context, segmentsOf(3, 2)))).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test('of a layer applied twice are numbered by call', () => {
    const { context, ours } = userCode();
    const input = ours.input({ shape: [3] });
    const shared = ours.layers.batchNormalization({ name: 'bn' });
    const once = shared.apply(ours.layers.dense({ units: 3 }).apply(input));
    const twice = shared.apply(ours.layers.dense({ units: 3 }).apply(once)) as tf.SymbolicTensor;
    const model = ours.model({ inputs: input, outputs: twice });
    const sites = discoverSites(model, context, [3]);
    expect(sites.map(({ name, layer, call }) => [name, layer, call])).toEqual([
      ['bn#0', 'bn', 0],
      ['bn#1', 'bn', 1],
    ]);
    expect(sitesReported(pass(model, context, segmentsOf(3, 2)))).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test('of a nested model applied twice are numbered by call, and split inside', () => {
    const { context, ours } = userCode();
    const nested = ours.sequential({
      layers: [
        ours.layers.dense({ inputShape: [3], units: 3 }),
        ours.layers.batchNormalization({ name: 'bn' }),
      ],
    });
    const input = ours.input({ shape: [3] });
    const output = nested.apply(nested.apply(input)) as tf.SymbolicTensor;
    const model = ours.model({ inputs: input, outputs: output });
    for (const layer of context.layers) layer.treatDomains(apart('a', 'b'));
    const sites = discoverSites(model, context, [3]);
    expect(sites.map(({ name, handling }) => [name, handling])).toEqual([
      ['bn#0', 'handled'],
      ['bn#1', 'handled'],
    ]);
    expect(Object.keys(valuesOf(model.weights))).toContain('bn/b/gamma');
    const { norms } = pass(model, context, segmentsOf(3, 2));
    expect(norms.map(([site, domain]) => `${site}${domain}`).sort()).toEqual([
      '00',
      '01',
      '10',
      '11',
    ]);
  });

  test('inside TimeDistributed are one that pools all steps', () => {
    const { context, ours } = userCode();
    const block = ours.sequential({
      layers: [
        ours.layers.dense({ inputShape: [2], units: 2 }),
        ours.layers.batchNormalization({ name: 'bn', momentum: 0 }),
      ],
    });
    const model = ours.sequential({
      layers: [
        ours.layers.timeDistributed({ inputShape: [4, 2], layer: block }),
        ours.layers.flatten(),
        ours.layers.dense({ units: 2 }),
      ],
    });
    for (const layer of context.layers) layer.treatDomains(apart('a', 'b'));
    const sites = discoverSites(model, context, [4, 2]);
    expect(sites.map(({ name, pooled }) => [name, pooled])).toEqual([['bn', true]]);
    const { sums, norms } = pass(model, context, segmentsOf(3, 2));
    expect(sums.map(([site, { images, pixels }]) => [site, images, pixels])).toEqual([[0, 5, 4]]);
    expect(norms).toHaveLength(2);
  });

  test('of a custom layer that drops keyword arguments are found and reached', () => {
    class Block extends tf.layers.Layer {
      static readonly className = 'Block';
      readonly bn;
      constructor(bn: tf.layers.Layer) {
        super({});
        this.bn = bn;
      }
      override get trainableWeights(): tf.LayerVariable[] {
        return this.bn.trainableWeights;
      }
      override get nonTrainableWeights(): tf.LayerVariable[] {
        return this.bn.nonTrainableWeights;
      }
      override build(shape: tf.Shape): void {
        this.bn.build(shape);
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
        return this.bn.call(inputs, {});
      }
    }
    const { context, ours } = userCode();
    const bn = ours.layers.batchNormalization({ name: 'inner' });
    const model = ours.sequential({
      layers: [ours.layers.dense({ inputShape: [2], units: 2 }), new Block(bn)],
    });
    expect(discoverSites(model, context, [2]).map(({ name }) => name)).toEqual(['inner']);
    expect(sitesReported(pass(model, context, segmentsOf(2, 2)))).toEqual([[0], [0]]);
  });

  test('are refused where the model does not know their weights', () => {
    class Opaque extends tf.layers.Layer {
      static readonly className = 'Opaque';
      constructor(readonly inner: tf.layers.Layer) {
        super({});
      }
      override build(shape: tf.Shape): void {
        this.inner.build(shape);
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
        return this.inner.call(inputs, {});
      }
    }
    const { context, ours } = userCode();
    const model = ours.sequential({
      layers: [
        ours.layers.dense({ inputShape: [2], units: 2 }),
        new Opaque(ours.layers.batchNormalization({ name: 'hidden' })),
      ],
    });
    expect(() => discoverSites(model, context, [2])).toThrow(
      'model: layer "hidden" is inside a layer that does not list its weights',
    );
  });

  test('of a model loaded from files are the same layers with the saved weights', async () => {
    const stock = tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [2], units: 2, name: 'd' }),
        tf.layers.batchNormalization({ name: 'bn', epsilon: 0.5 }),
      ],
    });
    stock.setWeights(
      stock.weights.map((weight, k) => tf.add(sample(weight.shape as number[]), k + 1)),
    );
    let saved: tf.io.ModelArtifacts | undefined;
    await stock.save(
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({
          modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts),
        });
      }),
    );
    const { context, ours } = userCode();
    const model = await ours.loadLayersModel(tf.io.fromMemory(saved!));
    const [site] = discoverSites(model, context, [2]);
    expect(site?.name).toBe('bn');
    expect(site?.frames.some(({ file }) => file === import.meta.filename)).toBe(true);
    const x = sample([3, 2]);
    context.begin({ segments: segmentsOf(3), training: false });
    const [ours_, theirs] = [model, stock].map((m) => (m.apply(x) as tf.Tensor).dataSync());
    expect(relativeError([ours_!], [theirs!])).toBeLessThan(1e-6);
  });
});

test('layers inside a frozen container are frozen, however deep', () => {
  const { context, ours } = userCode();
  const inner = ours.sequential({
    layers: [ours.layers.batchNormalization({ inputShape: [2], name: 'bn' })],
  });
  const outer = ours.sequential({ layers: [inner] });
  const model = ours.sequential({ layers: [outer, ours.layers.dense({ units: 2 })] });
  outer.trainable = false;
  discoverSites(model, context, [2]);
  pass(model, context, segmentsOf(2, 2));
  expect(valuesOf(inner.weights)['bn/moving_mean']).toEqual([0, 0]);
});

test('a layer called more often than in the first pass is refused', () => {
  const { context, ours } = userCode();
  const bn = ours.layers.batchNormalization({ inputShape: [2], name: 'bn' });
  const model = ours.sequential({ layers: [bn] });
  discoverSites(model, context, [2]);
  context.begin({ segments: segmentsOf(2), training: true, observer: new Reports() });
  bn.apply(sample([2, 2]));
  expect(() => bn.apply(sample([2, 2]))).toThrow(/"bn" was called more than the 1 times/);
});

test('frames tell where in user code a layer was constructed, through its helpers', () => {
  const { context, ours } = userCode();
  const helper = () => ours.layers.batchNormalization({ inputShape: [2] });
  const limit = Error.stackTraceLimit;
  const model = ours.sequential({ layers: [helper()] });
  const [site] = discoverSites(model, context, [2]);
  const own = site!.frames.filter(({ file }) => file === import.meta.filename);
  expect(own.length).toBeGreaterThanOrEqual(2);
  expect(own[1]!.line - own[0]!.line).toBe(2);
  expect(Error.stackTraceLimit).toBe(limit);
});
