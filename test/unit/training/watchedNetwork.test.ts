import type * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { NetworkSite } from '../../../src/faults/network.ts';
import { discoverSites } from '../../../src/nn/sites.ts';
import type { userNamespace } from '../../../src/nn/userNamespace.ts';
import { watchedNetwork } from '../../../src/training/watchedNetwork.ts';
import { startBothBackends } from '../engine/gradients.ts';
import { userCode } from '../nn/models.ts';

type Ours = ReturnType<typeof userNamespace>;

const SHAPE = [8, 8, 1];

beforeAll(startBothBackends);

/** Describes the sites of a model for images of 8 × 8. */
function networkOf(build: (ours: Ours) => tf.LayersModel): NetworkSite[] {
  const { context, ours } = userCode();
  const model = build(ours);
  return watchedNetwork(model, context, discoverSites(model, context, SHAPE));
}

const stacked = (build: (ours: Ours) => tf.layers.Layer[]) =>
  networkOf((ours) => ours.sequential({ layers: build(ours) }));

const names = (layers: readonly { name: string }[]) => layers.map(({ name }) => name);

describe('what rules know of a net', () => {
  it('is what a BatchNorm layer was given, and whether only ReLU reads it', () => {
    const [bn1, bn2] = stacked(({ layers }) => [
      layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 3, useBias: false }),
      layers.batchNormalization({ name: 'bn1', momentum: 0.8, epsilon: 0.1 }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.reLU(),
      layers.flatten(),
      layers.batchNormalization({ name: 'bn2', trainable: false }),
      layers.activation({ activation: 'tanh' }),
      layers.dense({ units: 2 }),
    ]);
    expect(bn1).toEqual({
      name: 'bn1',
      handling: 'mixed',
      ownParameters: false,
      keepsStatistics: true,
      momentum: 0.8,
      epsilon: 0.1,
      frozen: false,
      trainable: true,
      rectified: true,
      biasedBefore: [],
      biasedAfter: [],
      dropoutBefore: [],
      frozenBefore: false,
    });
    expect(bn2).toMatchObject({ momentum: 0.99, frozen: true, trainable: false, rectified: false });
  });

  it('is which bias stands directly before it, and that an activation makes it another', () => {
    const [linear, curved] = stacked(({ layers }) => [
      layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 3, name: 'conv' }),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.batchNormalization(),
      layers.dense({ units: 2, activation: 'relu' }),
      layers.batchNormalization(),
      layers.activation({ activation: 'tanh' }),
      layers.dense({ units: 2 }),
    ]);
    expect(names(linear!.biasedBefore)).toEqual(['conv']);
    expect(curved!.biasedBefore).toEqual([]);
  });

  it('is which dense layers can do the work of β, if nothing else reads it', () => {
    const build = (padded: boolean) =>
      networkOf((ours) => {
        const image = ours.input({ shape: SHAPE });
        const bn = ours.layers.batchNormalization().apply(image);
        const flat = ours.layers.flatten().apply(bn);
        const dense = ours.layers.dense({ units: 2, name: 'head' }).apply(flat);
        const conv = ours.layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }).apply(bn);
        const pooled = ours.layers.globalAveragePooling2d({}).apply(conv);
        const sum = ours.layers.add().apply([dense, pooled] as tf.SymbolicTensor[]);
        const outputs = (padded ? sum : dense) as tf.SymbolicTensor;
        return ours.model({ inputs: image, outputs });
      });
    expect(names(build(false)[0]!.biasedAfter)).toEqual(['head']);
    expect(build(true)[0]!.biasedAfter).toEqual([]);
  });

  it('is what dropout reaches a layer without passing another', () => {
    const [first, second] = stacked(({ layers }) => [
      layers.dropout({ inputShape: [8, 8, 1], rate: 0.25, name: 'drop' }),
      layers.conv2d({ filters: 2, kernelSize: 3 }),
      layers.reLU(),
      layers.batchNormalization(),
      layers.dropout({ rate: 0 }),
      layers.flatten(),
      layers.batchNormalization(),
      layers.dense({ units: 2 }),
    ]);
    expect(first!.dropoutBefore).toEqual([{ name: 'drop', rate: 0.25 }]);
    expect(second!.dropoutBefore).toEqual([]);
  });

  it('is whether all weights before a layer are frozen, through nested models too', () => {
    const nested = (trainable: boolean) =>
      networkOf((ours) => {
        const base = ours.sequential({
          layers: [
            ours.layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 3 }),
            ours.layers.reLU(),
          ],
        });
        base.trainable = trainable;
        return ours.sequential({
          layers: [
            base,
            ours.layers.batchNormalization(),
            ours.layers.flatten(),
            ours.layers.dense({ units: 2 }),
            ours.layers.batchNormalization(),
          ],
        });
      });
    expect(nested(false).map(({ frozenBefore }) => frozenBefore)).toEqual([true, false]);
    expect(nested(true).map(({ frozenBefore }) => frozenBefore)).toEqual([false, false]);
  });

  it('goes into nested models, from outside and from inside', () => {
    const [inside] = networkOf((ours) => {
      const block = ours.sequential({
        layers: [ours.layers.batchNormalization({ inputShape: [6, 6, 2] }), ours.layers.flatten()],
      });
      return ours.sequential({
        layers: [
          ours.layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 3, name: 'outer' }),
          block,
          ours.layers.dense({ units: 2, name: 'head' }),
        ],
      });
    });
    expect(names(inside!.biasedBefore)).toEqual(['outer']);
    expect(names(inside!.biasedAfter)).toEqual(['head']);
  });

  it('is said of every call of a layer', () => {
    const sites = networkOf((ours) => {
      const image = ours.input({ shape: SHAPE });
      const shared = ours.layers.batchNormalization({ name: 'bn' });
      const twice = shared.apply(shared.apply(image)) as tf.SymbolicTensor;
      const scores = ours.layers.dense({ units: 2 }).apply(ours.layers.flatten().apply(twice));
      return ours.model({ inputs: image, outputs: scores as tf.SymbolicTensor });
    });
    expect(names(sites)).toEqual(['bn#0', 'bn#1']);
  });
});
