import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedLayers } from '../../../src/training/seededLayers.ts';
import { SeededMath } from '../../../src/training/seededMath.ts';
import { startBothBackends } from '../engine/gradients.ts';

const generators: SeededMath[] = [];

beforeAll(startBothBackends);
afterAll(() => {
  for (const generator of generators.reverse()) generator.restore();
});

const TIME = 4;
const UNITS = 50;

type Layers = () => tf.layers.Layer[];

/** Training steps of layers beside each other, each on ones, [2, TIME, UNITS]. */
class Run {
  readonly #model: tf.LayersModel;
  readonly #random: SeededMath;

  constructor(layers: Layers, seed = 1) {
    this.#random = new SeededMath(seed);
    generators.push(this.#random);
    this.#random.enter('model');
    const input = tf.input({ shape: [TIME, UNITS] });
    const outputs = layers().map((layer) => layer.apply(input) as tf.SymbolicTensor);
    this.#model = tf.model({ inputs: input, outputs });
    seedLayers(this.#model, this.#random);
  }

  /** What the layers put out in a training step. */
  step(step: number, training = true): number[][] {
    this.#random.enter('step', step);
    return tf.tidy(() => {
      const outputs = this.#model.apply(tf.ones([2, TIME, UNITS]), { training });
      return [outputs as tf.Tensor | tf.Tensor[]].flat().map((y) => [...y.dataSync()]);
    });
  }
}

const small = tf.initializers.constant({ value: 0.01 });
const recurrent = { units: 3, kernelInitializer: small, recurrentInitializer: small };

const KINDS: Record<string, (name: string) => tf.layers.Layer> = {
  dropout: (name) => tf.layers.dropout({ rate: 0.5, name }),
  'dropout with a seed': (name) => tf.layers.dropout({ rate: 0.5, seed: 7, name }),
  spatialDropout1d: (name) => tf.layers.spatialDropout1d({ rate: 0.5, name }),
  gaussianNoise: (name) => tf.layers.gaussianNoise({ stddev: 1, name }),
  gaussianDropout: (name) => tf.layers.gaussianDropout({ rate: 0.5, name }),
  alphaDropout: (name) => tf.layers.alphaDropout({ rate: 0.5, name }),
  'lstm with dropout': (name) => tf.layers.lstm({ ...recurrent, dropout: 0.5, name }),
  'gru with recurrent dropout': (name) =>
    tf.layers.gru({ ...recurrent, recurrentDropout: 0.5, name }),
  'rnn of cells with dropout': (name) =>
    tf.layers.rnn({
      cell: [1, 2].map((k) =>
        tf.layers.simpleRNNCell({
          ...recurrent,
          dropout: 0.5,
          name: `${name}-cell${k}`,
        }),
      ),
      name,
    }),
  'dropout inside bidirectional': (name) =>
    tf.layers.bidirectional({
      layer: tf.layers.simpleRNN({
        ...recurrent,
        dropout: 0.5,
        name: `${name}-inner`,
      }),
      mergeMode: 'concat',
      name,
    }),
  'dropout in every time step': (name) =>
    tf.layers.timeDistributed({
      layer: tf.layers.dropout({ rate: 0.5, name: `${name}-in` }),
      name,
    }),
};

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  describe.each(Object.entries(KINDS))('%s', (_, make) => {
    const alone: Layers = () => [make('own')];

    test('draws the same for the same seed and step, in a resumed run too', () => {
      const run = new Run(alone);
      const [, , third] = [run.step(1), run.step(2), run.step(3)];
      expect(new Run(alone).step(3)).toEqual(third);
    });

    test('draws something else in each step and for each seed and name', () => {
      const run = new Run(alone);
      const draws = [
        ...run.step(1),
        ...run.step(2),
        ...new Run(alone, 2).step(1),
        ...new Run(() => [make('other')]).step(1),
      ];
      expect(new Set(draws.map((values) => values.join()))).toHaveProperty('size', 4);
    });

    test('draws the same whatever other layers draw, and nothing at test', () => {
      const [, own] = new Run(() => [make('before'), make('own'), make('behind')]).step(1);
      expect([own]).toEqual(new Run(alone).step(1));
      const run = new Run(alone);
      expect(run.step(1, false)).toEqual(run.step(2, false));
    });
  });
});

test('masks are the same on both backends', async () => {
  const drawn: number[][][] = [];
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    drawn.push(new Run(() => [tf.layers.dropout({ rate: 0.5, name: 'own' })]).step(1));
  }
  expect(drawn[0]).toEqual(drawn[1]);
});

test('a layer that is called twice in a step draws twice', () => {
  const random = new SeededMath(1);
  generators.push(random);
  const layer = tf.layers.dropout({ rate: 0.5 });
  const input = tf.input({ shape: [UNITS] });
  const outputs = [layer.apply(input), layer.apply(input)] as tf.SymbolicTensor[];
  const model = tf.model({ inputs: input, outputs });
  seedLayers(model, random);
  random.enter('step', 1);
  const [a, b] = model.apply(tf.ones([2, UNITS]), { training: true }) as tf.Tensor[];
  expect([...a!.dataSync()]).not.toEqual([...b!.dataSync()]);
});

test.each([0.2, 0.5, 0.9])('dropout drops the share %d and keeps the mean', (rate) => {
  const run = new Run(() => [tf.layers.dropout({ rate, name: 'own' })]);
  const values = Array.from({ length: 50 }, (_, step) => run.step(step)).flat(2);
  const kept = values.filter((value) => value !== 0);
  // Of 20,000 draws; five standard errors.
  const error = 5 * Math.sqrt((rate * (1 - rate)) / values.length);
  expect(Math.abs(kept.length / values.length - (1 - rate))).toBeLessThan(error);
  for (const value of kept) expect(value).toBeCloseTo(1 / (1 - rate), 5);
});
