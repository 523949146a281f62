import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { MIXED_SCHEME } from '../../../src/nn/domainScheme.ts';
import { MovingStatistics } from '../../../src/nn/movingStatistics.ts';
import { transNormCorrection } from '../../../src/nn/transNormCorrection.ts';
import { parseStrategy } from '../../../src/strategies/parseStrategy.ts';
import { useBothBackends } from '../engine/backends.ts';
import { relativeError, sample } from '../engine/gradients.ts';
import { builtLayer, Reports, segmentsOf, userCode } from '../nn/models.ts';
import { normalizeBy, type Chosen } from './normalizationNet.ts';

useBothBackends();

type Namespace = ReturnType<typeof userCode>['ours'];

const seeded = (seed: number) => tf.initializers.randomNormal({ seed });

const NETS: Record<string, (ours: Namespace) => tf.LayersModel> = {
  'a residual net with branches': ({ layers, input, model }) => {
    const x = input({ shape: [6, 6, 2] });
    const conv = (seed: number) =>
      layers.conv2d({
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        kernelInitializer: seeded(seed),
      });
    const apply = (layer: tf.layers.Layer, from: tf.SymbolicTensor) =>
      layer.apply(from) as tf.SymbolicTensor;
    const stem = apply(layers.batchNormalization(), apply(conv(1), x));
    const branch = apply(layers.batchNormalization(), apply(conv(2), apply(layers.reLU(), stem)));
    const sum = layers.add().apply([stem, branch]) as tf.SymbolicTensor;
    const pooled = apply(layers.globalAveragePooling2d({}), sum);
    return model({
      inputs: x,
      outputs: apply(layers.dense({ units: 3, kernelInitializer: seeded(3) }), pooled),
    });
  },
  'a separable net': ({ layers, sequential }) =>
    sequential({
      layers: [
        layers.separableConv2d({
          inputShape: [6, 6, 2],
          filters: 4,
          kernelSize: 3,
          depthwiseInitializer: seeded(1),
          pointwiseInitializer: seeded(2),
        }),
        layers.batchNormalization(),
        layers.reLU(),
        layers.depthwiseConv2d({ kernelSize: 3, depthwiseInitializer: seeded(4) }),
        layers.batchNormalization(),
        layers.flatten(),
        layers.dense({ units: 3, kernelInitializer: seeded(3) }),
      ],
    }),
  'a dense net in a nested model': ({ layers, sequential }) => {
    const inner = sequential({
      layers: [
        layers.dense({ inputShape: [72], units: 32, kernelInitializer: seeded(1) }),
        layers.batchNormalization(),
        layers.reLU(),
      ],
    });
    return sequential({
      layers: [
        layers.flatten({ inputShape: [6, 6, 2] }),
        inner,
        layers.dense({ units: 3, kernelInitializer: seeded(3) }),
      ],
    });
  },
  'a net with TimeDistributed layers': ({ layers, sequential }) =>
    sequential({
      layers: [
        layers.timeDistributed({
          inputShape: [6, 6, 2],
          layer: layers.dense({ units: 4, kernelInitializer: seeded(1) }),
        }),
        layers.timeDistributed({ layer: layers.batchNormalization() }),
        layers.flatten(),
        layers.dense({ units: 3, kernelInitializer: seeded(3) }),
      ],
    }),
};

/** Scores in training, their gradient for the images, and scores at test of a net on a batch. */
function resultsOf(
  build: (typeof NETS)[string],
  chosen: Chosen,
  batch: tf.Tensor,
  domains: readonly string[],
): Float32Array[] {
  const { context, ours } = userCode();
  const model = build(ours);
  normalizeBy(model, context, domains, chosen);
  const segments = segmentsOf(...domains.map(() => batch.shape[0] / domains.length));
  const pass = (training: boolean) => (x: tf.Tensor) => {
    context.begin({ segments, training });
    return model.apply(x, { training }) as tf.Tensor;
  };
  const gradient = tf.grad((x) => tf.sum(tf.pow(pass(true)(x), 3)))(batch);
  const results = [pass(true)(batch), gradient, pass(false)(batch)].map((tensor) =>
    tensor.dataSync<'float32'>(),
  );
  context.end();
  return results;
}

const NAMES = [
  'shared',
  'separate',
  'conditional',
  'spectral',
  'transnorm',
  'batch-renorm',
  'group',
];

describe.each(Object.entries(NETS))('%s', (_, build) => {
  test.for(NAMES)('computes under %s for three domains', (strategy) => {
    const results = resultsOf(build, { strategy }, sample([9, 6, 6, 2], 2), ['a', 'b', 'c']);
    for (const values of results) expect(values.every(Number.isFinite)).toBe(true);
    expect(Math.max(...results[1]!.map(Math.abs))).toBeGreaterThan(0);
  });

  test.for(['separate', 'conditional', 'batch-renorm'])(
    'gives under %s what it gives under shared where the domains are identical',
    (strategy) => {
      const images = sample([4, 6, 6, 2], 2);
      const run = (name: string) =>
        resultsOf(build, { strategy: name }, tf.concat([images, images]), ['a', 'b']);
      expect(relativeError(run(strategy), run('shared'))).toBeLessThan(1e-4);
    },
  );
});

test('transnorm gives twice what shared gives, and its gradient, where the domains are identical', () => {
  const images = sample([4, 3, 2], 2);
  const run = (scale: number, changes: object) => {
    const { context, layer } = builtLayer({}, [3, 2]);
    layer.treatDomains({ ...MIXED_SCHEME, domains: ['a', 'b'], ...changes });
    context.begin({ segments: segmentsOf(4, 4), training: true });
    const y = (x: tf.Tensor) => tf.mul(layer.call(x, {}), scale);
    const batch = tf.concat([images, images]);
    const gradient = tf.grad((x) => tf.sum(tf.pow(y(x), 3)))(batch);
    return [y(batch).dataSync(), gradient.dataSync()];
  };
  const halved = run(0.5, { statistics: 'separate', correction: transNormCorrection });
  expect(relativeError(halved, run(1, {}))).toBeLessThan(1e-6);
});

test("the mean of transnorm's α is 1, and channels in which the domains differ count less", () => {
  const moments = (mean: number[]) =>
    new MovingStatistics(
      ...([mean, [1, 1, 1]].map((values) => ({
        read: () => tf.tensor1d(values),
      })) as unknown as ConstructorParameters<typeof MovingStatistics>),
    );
  const correct = transNormCorrection({ keep: () => expect.fail('it keeps nothing') });
  const { gain } = correct({
    segments: segmentsOf(1),
    channels: 3,
    epsilon: 0,
    gamma: Float32Array.of(1, 1, 1),
    used: { mean: Float32Array.of(0, 0, 0), variance: Float32Array.of(1, 1, 1) },
    ownMoments: false,
    moving: [moments([0, 0, 0]), moments([0, 1, 3])],
  })!;
  // Distances 0, 1 and 3: (1 + d)⁻¹ is 1, 1/2 and 1/4, whose mean is 7/12.
  expect(relativeError([gain!], [[1 + 12 / 7, 1 + 6 / 7, 1 + 3 / 7]])).toBeLessThan(1e-6);
});

test('what group shows in place of moving statistics is the moments of each domain', () => {
  const { context, layer } = builtLayer({}, [3, 2]);
  const groupSize = () => 2;
  layer.treatDomains({ ...MIXED_SCHEME, domains: ['a', 'b'], statistics: 'image', groupSize });
  expect(layer.weights).toHaveLength(2);
  layer.assignSites(0, 1, false);
  const observer = new Reports();
  const x = sample([7, 3, 2], 3);
  context.begin({ segments: segmentsOf(3, 4), training: true, observer });
  layer.call(x, {});
  const parts = tf.split(x, [3, 4]).map((part) => tf.moments(part, [0, 1]));
  expect(
    relativeError(
      observer.running[0]!.flatMap(({ mean, variance }) => [mean, variance]),
      parts.flatMap(({ mean, variance }) => [mean.dataSync(), variance.dataSync()]),
    ),
  ).toBeLessThan(1e-5);
});

test('groups that do not divide the channels are refused', () => {
  const chosen = { strategy: 'group', settings: { group: { groups: 3 } } };
  expect(() =>
    resultsOf(NETS['a separable net']!, chosen, sample([4, 6, 6, 2]), ['a', 'b']),
  ).toThrow('the 4 channels of a BatchNorm layer make no 3 equal groups');
});

describe('normalizations by layer', () => {
  const twoLayers = () => {
    const { context, ours } = userCode();
    const { layers } = ours;
    const model = ours.sequential({
      layers: [
        layers.batchNormalization({ name: 'bn1', inputShape: [4] }),
        layers.batchNormalization({ name: 'bn2' }),
      ],
    });
    return { context, model };
  };

  test('hold for the layers named, and the strategy for all others', () => {
    const { context, model } = twoLayers();
    const settings = { layers: { bn2: 'separate' } } as const;
    normalizeBy(model, context, ['a', 'b'], { strategy: 'shared', settings });
    expect(context.layers).toMatchObject([{ handling: 'mixed' }, { handling: 'handled' }]);
  });

  test('of a layer that does not exist are refused, and what may be meant is named', () => {
    const { context, model } = twoLayers();
    const settings = { layers: { bn3: 'separate' } } as const;
    const run = () => {
      normalizeBy(model, context, ['a', 'b'], { strategy: 'shared', settings });
    };
    expect(run).toThrow('strategies.layers: the model has no BatchNorm layer "bn3"');
    const field = ['strategies', 'layers', 'bn3'];
    const details: unknown = expect.objectContaining({ hint: 'Did you mean "bn1"?', field });
    expect(run).toThrow(expect.objectContaining({ details }));
  });
});

test.each([{}, { embedding: 3 }])(
  'a domain that conditional never trained begins as the one that it adopts: %o',
  (conditional) => {
    const { context, layer } = builtLayer({}, [3, 2]);
    parseStrategy('conditional', { conditional }).normalization.prepare({
      model: tf.sequential(),
      context,
      layers: [layer],
      domains: ['a', 'b', 'c'].map((name) => ({ name, kind: 'real', labelled: true })),
    });
    // As after training, when what is made of the codes is no longer 0.
    layer.weights.forEach((weight, seed) => {
      weight.write(tf.randomNormal(weight.shape as number[], 0, 1, 'float32', seed + 1));
    });
    const [a, b, c] = layer.parameters;
    expect(c).not.toEqual(a);
    layer.adopt(2, 0);
    expect(layer.parameters).toEqual([a, b, a]);
  },
);

test('conditional gives nothing to a layer without γ and β', () => {
  const { context, layer } = builtLayer({ center: false, scale: false }, [3, 2]);
  parseStrategy('conditional', { conditional: { embedding: 3 } }).normalization.prepare({
    model: tf.sequential(),
    context,
    layers: [layer],
    domains: ['a', 'b'].map((name) => ({ name, kind: 'real', labelled: true })),
  });
  expect(layer.trainableWeights).toEqual([]);
  expect(layer.hasOwnParameters).toBe(false);
});
