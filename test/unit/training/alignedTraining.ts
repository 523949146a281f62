import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { FeatureTaps } from '../../../src/nn/alignment/featureTaps.ts';
import { createOptimizer } from '../../../src/nn/optimizers/optimizer.ts';
import { sgd } from '../../../src/nn/optimizers/specs.ts';
import { fuseBatchNormalization } from '../../../src/nn/fusedBatchNormalization.ts';
import type { StrategiesDeclaration } from '../../../src/strategies/declaration.ts';
import { parseStrategy } from '../../../src/strategies/parseStrategy.ts';
import { SeededMath } from '../../../src/training/seededMath.ts';
import { trainStep } from '../../../src/training/trainStep.ts';
import fixture from '../../fixtures/training/alignment_steps.json' with { type: 'json' };
import { relativeError } from '../engine/gradients.ts';
import { userCode } from '../nn/models.ts';

export type AlignmentCase = keyof typeof fixture.cases;

export const ALIGNMENT_CASES = Object.keys(fixture.cases) as AlignmentCase[];

const { segments: sizes, inputs, units, classes, hidden, epsilon, learningRate } = fixture;
const steps = fixture.images.length;
const domains = sizes.map((_, domain) => ({
  name: `${domain}`,
  kind: domain === 0 ? ('synthetic' as const) : ('real' as const),
  labelled: domain < 2,
}));

/** The fixture's residual net, whose addition and last ReLU are layers of a nested model or not. */
function net({ ours }: ReturnType<typeof userCode>, nested: boolean): tf.LayersModel {
  const { layers } = ours;
  const through = (x: tf.SymbolicTensor, ...path: tf.layers.Layer[]) =>
    path.reduce((value, layer) => layer.apply(value) as tf.SymbolicTensor, x);
  const dense = (name: string) => layers.dense({ name, units, useBias: false });
  const normalize = (name: string) => layers.batchNormalization({ name, epsilon });
  const input = ours.input({ shape: [inputs] });
  const first = through(input, dense('hidden'), normalize('bn1'), layers.reLU());
  const block = (x: tf.SymbolicTensor) => {
    const second = through(x, dense('residual'), normalize('bn2'), layers.reLU());
    return through(layers.add().apply([x, second]) as tf.SymbolicTensor, layers.reLU());
  };
  const inner = ours.input({ shape: [units] });
  const features = nested
    ? through(first, ours.model({ inputs: inner, outputs: block(inner) }))
    : block(first);
  return ours.model({
    inputs: input,
    outputs: through(features, layers.dense({ name: 'scores', units: classes })),
  });
}

/** The fixture's trainee under a strategy, with the fixture's weights as far as there are some. */
function trainee(
  strategy: string,
  settings: StrategiesDeclaration,
  { nested = false, start = [] }: { nested?: boolean; start?: readonly number[][] } = {},
) {
  const code = userCode();
  const { context } = code;
  const model = net(code, nested);
  const taps = new FeatureTaps(model, context);
  const network = { model, taps, domains, classes, random: new SeededMath(1) };
  const terms = parseStrategy(strategy, settings).alignments.flatMap((alignment) =>
    alignment.attach(network),
  );
  fuseBatchNormalization(model, taps.layers);
  const weights = [...model.trainableWeights, ...terms.flatMap((term) => term.weights)];
  [...fixture.start, ...start].forEach((values, index) => {
    const weight = weights[index]!;
    weight.write(tf.tensor(values, weight.shape as number[]));
  });
  const optimizer = createOptimizer(sgd({ learningRate, momentum: 0.9 }), weights);
  return { model, context, optimizer, labelSmoothing: 0, taps, terms, weights };
}

function batch(step: number) {
  const [first = 0] = sizes;
  const labels = fixture.labels[step]!;
  return {
    images: Float32Array.from(fixture.images[step]!),
    segments: sizes.map((images, domain) => ({ domain, images })),
    labels: [Int32Array.from(labels.slice(0, first)), Int32Array.from(labels.slice(first)), null],
  };
}

const CASES: Record<
  AlignmentCase,
  { readonly strategy: string; readonly settings: StrategiesDeclaration }
> = {
  mmd: { strategy: 'shared+mmd', settings: { mmd: { weight: 0.5 } } },
  'mmd of a BatchNorm layer': {
    strategy: 'shared+mmd',
    settings: { mmd: { weight: 2, schedule: 'ramp', layers: ['bn2'], estimator: 'biased' } },
  },
  coral: { strategy: 'shared+coral', settings: { coral: { weight: 3 } } },
  bsp: { strategy: 'shared+bsp', settings: { bsp: { weight: 1e-3 } } },
  adversarial: {
    strategy: 'shared+adversarial',
    settings: { adversarial: { units: hidden } },
  },
  'adversarial with BatchNorm': {
    strategy: 'shared+adversarial',
    settings: { adversarial: { units: hidden, batchNorm: true, weight: 0.5 } },
  },
  cdan: { strategy: 'shared+cdan', settings: { cdan: { units: hidden } } },
  'mmd+adversarial+bsp': {
    strategy: 'shared+mmd+adversarial+bsp',
    settings: { mmd: { weight: 0.5 }, adversarial: { units: hidden } },
  },
};

/**
 * Expects the steps of PyTorch on a residual net with three domains, on the current backend: the
 * first losses to 1e-5, and all that comes of 20 steps to 1e-4.
 */
export function expectStepsOfPyTorch(name: AlignmentCase, nested: boolean): void {
  const { strategy, settings } = CASES[name];
  const expected = fixture.cases[name];
  const own = trainee(strategy, settings, { nested, start: expected.start });
  const results = Array.from({ length: steps }, (_, step) =>
    trainStep(own, batch(step), { learningRate, progress: step / steps }),
  );
  const [first] = results;
  const said = first!.alignments.map(({ loss, weight }) => [loss, weight]);
  const wanted = expected.outcomes[0]!.map(([loss, weight]) => [loss ?? NaN, weight ?? NaN]);
  expect(relativeError(said, wanted)).toBeLessThan(1e-5);
  results.forEach(({ alignments }, step) => {
    alignments.forEach(({ loss, accuracy }, term) => {
      const [expectedLoss, , expectedAccuracy] = expected.outcomes[step]![term]!;
      expect(Math.abs(loss - expectedLoss!)).toBeLessThan(1e-4 * Math.max(1, expectedLoss!));
      if (expectedAccuracy === null) expect(accuracy).toBeNaN();
      else expect(accuracy).toBeCloseTo(expectedAccuracy!, 6);
    });
  });
  const weights = own.weights.map((weight) => weight.read().dataSync());
  expect(relativeError(weights, expected.end)).toBeLessThan(1e-4);
}
