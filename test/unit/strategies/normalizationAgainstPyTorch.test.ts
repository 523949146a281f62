import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { fuseBatchNormalization } from '../../../src/nn/fusedBatchNormalization.ts';
import { variablesOf } from '../../../src/nn/variables.ts';
import fixture from '../../fixtures/strategies/normalization.json' with { type: 'json' };
import { relativeError, startBothBackends } from '../engine/gradients.ts';
import { segmentsOf, userCode } from '../nn/models.ts';
import { normalizeBy, type Chosen } from './normalizationNet.ts';

const { shape, steps, rate, momentum, epsilon, hidden } = fixture;
const [images, pixels, inputs] = shape as [number, number, number];
const segments = segmentsOf(...fixture.segments);
const cases = fixture.cases as Record<string, Case>;

interface Case {
  readonly start: Readonly<Record<string, number[]>>;
  readonly first: { readonly scores: number[]; readonly gradients: Record<string, number[]> };
  readonly end: Readonly<Record<string, number[]>>;
  readonly tested: number[];
}

const CHOSEN: Record<string, Chosen> = {
  shared: { strategy: 'shared' },
  'per-domain': { strategy: 'shared', settings: { shared: { forward: 'per-domain' } } },
  separate: { strategy: 'separate' },
  'separate-common': { strategy: 'separate', settings: { separate: { sharedParameters: true } } },
  conditional: { strategy: 'conditional', settings: { conditional: { hidden } } },
  embedded: { strategy: 'conditional', settings: { conditional: { hidden, embedding: 2 } } },
  transnorm: { strategy: 'transnorm' },
  'batch-renorm': { strategy: 'batch-renorm', settings: { 'batch-renorm': fixture.renorm } },
  group: { strategy: 'group', settings: { group: { groups: 2 } } },
  spectral: { strategy: 'spectral' },
  bounded: { strategy: 'spectral', settings: { spectral: { bound: fixture.bound } } },
};

beforeAll(startBothBackends);

/** The fixture's net with a case's weights at the start, and these by their names in the fixture. */
function netOf(chosen: Chosen, { start }: Case) {
  const { context, ours } = userCode();
  const { layers } = ours;
  const model = ours.sequential({
    layers: [
      layers.dense({
        name: 'first',
        inputShape: [pixels, inputs],
        units: fixture.channels,
        useBias: false,
      }),
      layers.batchNormalization({ name: 'bn', momentum, epsilon }),
      layers.reLU(),
      layers.globalAveragePooling1d({}),
      layers.dense({ name: 'last', units: fixture.classes }),
    ],
  });
  normalizeBy(model, context, ['a', 'b', 'c'], chosen);
  fuseBatchNormalization(model);
  const named = model.layers.flatMap(({ name, weights }) =>
    weights.map((weight) => {
      const own = weight.originalName;
      return [own.startsWith(`${name}/`) ? own : `${name}/${own}`, weight] as const;
    }),
  );
  expect(named.map(([name]) => name).sort()).toEqual(Object.keys(start).sort());
  for (const [name, weight] of named) {
    variablesOf([weight])[0]!.assign(tf.tensor(start[name]!, weight.shape as number[]));
  }
  return { model, context, named };
}

/** x turned by so many pixels, as torch.roll does. */
function turned(x: tf.Tensor3D, step: number): tf.Tensor3D {
  const last = step % pixels;
  const cut = pixels - last;
  return tf.concat([x.slice([0, cut], [-1, last]), x.slice([0, 0], [-1, cut])], 1);
}

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  test.each(Object.entries(CHOSEN))('%s trains as in PyTorch', (name, chosen) => {
    const expected = cases[name]!;
    const { model, context, named } = netOf(chosen, expected);
    const x = tf.tensor3d(fixture.x, [images, pixels, inputs]);
    const target = tf.tensor2d(fixture.target, [images, fixture.classes]);
    const trained = named.filter(([, weight]) => model.trainableWeights.includes(weight));
    for (let step = 0; step < steps; step++) {
      context.begin({ segments, training: true });
      const seen: Float32Array[] = [];
      const { grads } = tf.variableGrads(
        () => {
          const scores = model.apply(turned(x, step), { training: true }) as tf.Tensor;
          seen.push(scores.dataSync<'float32'>());
          return tf.mean(tf.squaredDifference(scores, target));
        },
        variablesOf(trained.map(([, weight]) => weight)),
      );
      if (step === 0) expect(relativeError(seen, [expected.first.scores])).toBeLessThan(1e-5);
      for (const [own, weight] of trained) {
        const gradient = grads[weight.name]!;
        if (step === 0) {
          const error = relativeError([gradient.dataSync()], [expected.first.gradients[own]!]);
          expect(error, own).toBeLessThan(1e-5);
        }
        variablesOf([weight])[0]!.assign(tf.sub(weight.read(), tf.mul(gradient, rate)));
      }
    }
    for (const [own, weight] of named) {
      expect(relativeError([weight.read().dataSync()], [expected.end[own]!]), own).toBeLessThan(
        1e-4,
      );
    }
    context.begin({ segments, training: false });
    const tested = model.apply(x, { training: false }) as tf.Tensor;
    expect(relativeError([tested.dataSync()], [expected.tested])).toBeLessThan(1e-4);
  });
});
