import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { discoverSites } from '../../../../src/nn/sites.ts';
import { createOptimizer } from '../../../../src/nn/optimizers/optimizer.ts';
import { adam } from '../../../../src/nn/optimizers/specs.ts';
import { adabn } from '../../../../src/strategies/adaptation/adabn.ts';
import { alphaBn } from '../../../../src/strategies/adaptation/alphaBn.ts';
import { entropyStep } from '../../../../src/strategies/adaptation/entropyStep.ts';
import { tent } from '../../../../src/strategies/adaptation/tent.ts';
import { parseStrategy } from '../../../../src/strategies/parseStrategy.ts';
import { startBothBackends } from '../../engine/gradients.ts';
import { userCode } from '../../nn/models.ts';

await startBothBackends();

interface Statistics {
  readonly mean: number[];
  readonly variance: number[];
}

interface Outcome {
  readonly statistics: Statistics[];
  readonly scores: number[];
}

const EXPECTED = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/strategies/adaptation.json'), 'utf8'),
) as {
  readonly images: number[];
  readonly kernels: number[][];
  readonly dense: number[];
  readonly bias: number[];
  readonly norms: (Statistics & { readonly gamma: number[]; readonly beta: number[] })[];
  readonly adabn: Outcome;
  readonly alphaBn: Outcome;
  readonly tent: { readonly entropies: number[]; gammas: number[][]; betas: number[][] };
};

const IMAGES = 12;
const PIXELS = 36;
const TARGET = 1;

/** The net of the script with its weights, in which the target is the second domain. */
function trainedNetwork(handling: 'mixed' | 'handled') {
  const { context, ours } = userCode();
  const conv = (filters: number, first: object = {}) =>
    ours.layers.conv2d({ filters, kernelSize: 3, useBias: false, ...first });
  const model = ours.sequential({
    layers: [
      conv(3, { inputShape: [6, 6, 1] }),
      ours.layers.batchNormalization({ name: 'bn1' }),
      ours.layers.reLU(),
      conv(2),
      ours.layers.batchNormalization({ name: 'bn2' }),
      ours.layers.reLU(),
      ours.layers.flatten(),
      ours.layers.dense({ units: 3 }),
    ],
  });
  const [conv1, , , conv2, , , , dense] = model.layers;
  conv1?.setWeights([tf.tensor(EXPECTED.kernels[0]!, [3, 3, 1, 3])]);
  conv2?.setWeights([tf.tensor(EXPECTED.kernels[1]!, [3, 3, 3, 2])]);
  dense?.setWeights([tf.tensor(EXPECTED.dense, [8, 3]), tf.tensor(EXPECTED.bias)]);
  EXPECTED.norms.forEach(({ gamma, beta, mean, variance }, index) => {
    const values = [gamma, beta, mean, variance].map((value) => tf.tensor1d(value));
    model.getLayer(`bn${index + 1}`).setWeights(values);
  });
  const domains = ['a', 'b'].map((name) => ({ name, kind: 'real', labelled: true }) as const);
  const { normalization } = parseStrategy(handling === 'handled' ? 'separate' : 'shared');
  normalization.prepare({
    model,
    context,
    layers: context.layers,
    domains,
  });
  discoverSites(model, context, [6, 6, 1]);
  return { model, context };
}

const target = {
  domain: TARGET,
  images: Int32Array.from({ length: IMAGES }, (_, image) => image),
  batchSize: 5,
  read: (indices: Int32Array) =>
    Promise.resolve(
      Float32Array.from(
        [...indices].flatMap((at) => EXPECTED.images.slice(at * PIXELS, (at + 1) * PIXELS)),
      ),
    ),
};

function scoresOf({ model, context }: ReturnType<typeof trainedNetwork>): number[] {
  context.begin({ segments: [{ domain: TARGET, images: IMAGES }], training: false });
  return tf.tidy(() => {
    const inputs = tf.tensor(EXPECTED.images, [IMAGES, 6, 6, 1]);
    return [...(model.apply(inputs, { training: false }) as tf.Tensor).dataSync()];
  });
}

/** Expects values to 1e-5 of the largest one. */
function expectClose(actual: Iterable<number>, expected: readonly number[], tolerance = 1e-5) {
  const values = [...actual];
  const largest = Math.max(...expected.map(Math.abs));
  expect(values).toHaveLength(expected.length);
  const errors = values.map((value, i) => Math.abs(value - (expected[i] ?? NaN)) / largest);
  expect(Math.max(...errors)).toBeLessThan(tolerance);
}

describe.each(['mixed', 'handled'] as const)('a net whose layers are %s', (handling) => {
  it.each([
    ['adabn', adabn.create(undefined), EXPECTED.adabn],
    ['alpha-bn', alphaBn.create({ prior: 16 }), EXPECTED.alphaBn],
  ])('gets by %s the statistics and scores of PyTorch', async (_, adaptation, expected) => {
    const network = trainedNetwork(handling);
    const { layers } = await adaptation.adapt(network, target);
    network.context.layers.forEach((layer, index) => {
      const { mean, variance } = layer.atTest(TARGET);
      expectClose(mean, expected.statistics[index]!.mean);
      expectClose(variance, expected.statistics[index]!.variance);
    });
    expectClose(scoresOf(network), expected.scores);
    expect(layers.map(({ layer }) => layer)).toEqual(['bn1', 'bn2']);
  });

  it('comes by 20 steps of tent to the γ and β of PyTorch', async () => {
    const network = trainedNetwork(handling);
    const { layers } = network.context;
    for (const layer of layers) {
      layer.treatStatistics({ statisticsUsed: 'batch', statisticsUpdated: false });
    }
    const before = layers.map((layer) => [...layer.atTest(TARGET).mean]);
    const optimizer = createOptimizer(
      adam(),
      layers.flatMap((layer) => layer.trainableWeights),
    );
    const entropies: number[] = [];
    for (let step = 0; step < 20; step++) {
      const first = (4 * step) % IMAGES;
      const pixels = await target.read(target.images.slice(first, first + 4));
      entropies.push(entropyStep(network, { domain: TARGET, images: 4, pixels }, optimizer, 1e-2));
    }
    expectClose(entropies, EXPECTED.tent.entropies, 1e-4);
    layers.forEach((layer, index) => {
      const { gamma, beta } = layer.atTest(TARGET);
      expectClose(gamma ?? [], EXPECTED.tent.gammas[index]!, 1e-4);
      expectClose(beta ?? [], EXPECTED.tent.betas[index]!, 1e-4);
    });
    expect(layers.map((layer) => [...layer.atTest(TARGET).mean])).toEqual(before);
  });

  it('becomes surer by tent, and has the statistics of the images in the end', async () => {
    const network = trainedNetwork(handling);
    const settings = { epochs: 30, learningRate: 0.01 };
    const { entropies } = await tent.create(settings).adapt(network, target);
    expect(entropies).toHaveLength(30 * 3);
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    expect(mean(entropies.slice(-3))).toBeLessThan(mean(entropies.slice(0, 3)) - 0.1);
    // The first layer's inputs know neither γ nor β.
    expectClose(network.context.layers[0]!.atTest(TARGET).mean, EXPECTED.adabn.statistics[0]!.mean);
  });
});

it('leaves the other domains of handled layers as they were', async () => {
  const network = trainedNetwork('handled');
  const others = () => network.context.layers.map((layer) => layer.atTest(0));
  const before = others();
  await tent.create(undefined).adapt(network, target);
  expect(others()).toEqual(before);
});

it('says that as many images are enough as bring the error of each statistic below 0.1', async () => {
  const { layers } = await adabn.create(undefined).adapt(trainedNetwork('mixed'), target);
  for (const { meanSe, logDeviationSe, enough } of layers) {
    const worst = Math.max(meanSe, logDeviationSe);
    expect(worst * Math.sqrt(IMAGES / enough)).toBeLessThanOrEqual(0.1);
    expect(worst * Math.sqrt(IMAGES / (enough - 1))).toBeGreaterThan(0.1);
  }
});
