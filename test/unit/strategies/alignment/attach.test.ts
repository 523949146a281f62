import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { FeatureTaps } from '../../../../src/nn/alignment/featureTaps.ts';
import { UserError } from '../../../../src/protocol/userError.ts';
import type { StrategiesDeclaration } from '../../../../src/strategies/declaration.ts';
import { parseStrategy } from '../../../../src/strategies/parseStrategy.ts';
import { SeededMath } from '../../../../src/training/seededMath.ts';
import { useBothBackends } from '../../engine/backends.ts';
import { segmentsOf, userCode } from '../../nn/models.ts';

useBothBackends();

/** The terms of a strategy on a net of which the features are [images, 6]. */
function attach(strategy: string, settings: StrategiesDeclaration = {}, domains = 2) {
  const { context, ours } = userCode();
  const { layers } = ours;
  const block = ours.sequential({
    name: 'block',
    layers: [
      layers.dense({ name: 'hidden', units: 6, inputShape: [4] }),
      layers.batchNormalization({ name: 'bn1' }),
    ],
  });
  const model = ours.sequential({
    layers: [
      layers.inputLayer({ inputShape: [4] }),
      block,
      layers.dense({ name: 'scores', units: 3 }),
    ],
  });
  const taps = new FeatureTaps(model, context);
  const network = {
    model,
    taps,
    domains: Array.from({ length: domains }, (_, domain) => ({
      name: `${domain}`,
      kind: 'real' as const,
      labelled: true,
    })),
    classes: 3,
    random: new SeededMath(5),
  };
  return parseStrategy(strategy, settings).alignments.flatMap((own) => own.attach(network));
}

test('by default the input of the last layer with weights is aligned', () => {
  expect(attach('separate+mmd').map(({ described }) => described)).toEqual([
    {
      name: 'mmd',
      layer: 'scores',
      side: 'input',
      discriminator: false,
      settings: { weight: 1, schedule: 'constant', estimator: 'unbiased' },
    },
  ]);
});

test('each named layer has a term of its own, inside nested models too', () => {
  const terms = attach('shared+coral', { coral: { layers: ['hidden', 'bn1', 'block'] } });
  expect(terms.map(({ described }) => [described.layer, described.side])).toEqual([
    ['hidden', 'output'],
    ['bn1', 'output'],
    ['block', 'output'],
  ]);
});

test('the discriminator is d-1024-1024-1, or ends with a score for each of more domains', () => {
  const shapes = (domains: number) =>
    attach('shared+adversarial', {}, domains)[0]!.weights.map(({ shape }) => shape);
  expect(shapes(2)).toEqual([[6, 1024], [1024], [1024, 1024], [1024], [1024, 1], [1]]);
  expect(shapes(3).slice(-2)).toEqual([[1024, 3], [3]]);
});

test('the discriminator of cdan sees each feature times the chance of each class', () => {
  const [term] = attach('shared+cdan', { cdan: { units: [8] } });
  expect(term?.weights.map(({ shape }) => shape)).toEqual([[18, 8], [8], [8, 1], [1]]);
});

test('a discriminator begins with the same weights for one seed', () => {
  const values = () =>
    attach('shared+adversarial', { adversarial: { units: [8] } })[0]!.weights.map((weight) => [
      ...weight.read().dataSync(),
    ]);
  expect(values()).toEqual(values());
});

test('a layer that there is not is refused, with the one that may be meant', () => {
  try {
    attach('shared+mmd', { mmd: { layers: ['bn_1'] } });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message, details } = error as UserError;
    expect(message).toBe('strategies.mmd.layers: the model has no layer "bn_1"');
    expect(details.hint).toBe('Did you mean "bn1"?');
    expect(details.field).toEqual(['strategies', 'mmd', 'layers']);
  }
});

test('a layer that is named twice, which would count double, is refused', () => {
  expect(() => attach('shared+mmd', { mmd: { layers: ['bn1', 'bn1'] } })).toThrow(
    'must name each layer once',
  );
});

test('one domain alone is refused', () => {
  expect(() => attach('shared+bsp', {}, 1)).toThrow(
    'strategy "bsp" aligns domains, but there is only one',
  );
});

test.each(['mmd', 'coral'])('%s refuses a batch with a single image of a domain', (name) => {
  const [term] = attach(`shared+${name}`);
  const step = { segments: segmentsOf(3, 1), scores: tf.zeros<tf.Rank.R2>([4, 3]), progress: 0 };
  expect(() => term?.judge(step)).toThrow(UserError);
});
