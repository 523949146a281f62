import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { FeatureTaps } from '../../../src/nn/alignment/featureTaps.ts';
import { adamW } from '../../../src/nn/optimizers/specs.ts';
import type { RunPhase } from '../../../src/protocol/run.ts';
import { finetuneFrozen } from '../../../src/strategies/schedule/finetuneFrozen.ts';
import { finetuneUpdated } from '../../../src/strategies/schedule/finetuneUpdated.ts';
import { phaseOptimizer } from '../../../src/training/phaseOptimizer.ts';
import { trainStep } from '../../../src/training/trainStep.ts';
import fixture from '../../fixtures/training/finetune.json' with { type: 'json' };
import { relativeError, startBothBackends } from '../engine/gradients.ts';
import { userCode } from '../nn/models.ts';

beforeAll(startBothBackends);

const { units, classes, inputs, epsilon, momentum, learningRate, weightDecay } = fixture;

const domains = [
  { name: 'synthetic', kind: 'synthetic', labelled: true },
  { name: 'real', kind: 'real', labelled: true },
] as const;

/** The second phase as run.json has it, with settings of its schedule. */
function secondPhase(schedule: typeof finetuneFrozen, settings: object): RunPhase {
  const phases = schedule.create(settings).phases({ domains, epochs: 1, learningRate });
  const { batchNorm, ...phase } = phases[1]!;
  return { ...phase, ...batchNorm, firstStep: 1, steps: 20, stepsPerEpoch: 20, judges: [] };
}

/** Takes the fixture's steps in a phase; returns its losses and the weights that it comes to. */
function finetune(phase: RunPhase, mode: 'frozen' | 'updated' | 'decayed') {
  const { images, labels, start } = fixture[mode];
  const { context, ours } = userCode();
  const model = ours.sequential({
    layers: [
      ours.layers.dense({ units, inputShape: [inputs], useBias: false, name: 'hidden' }),
      ours.layers.batchNormalization({ epsilon, momentum, name: 'bn' }),
      ours.layers.reLU(),
      ours.layers.dense({ units: classes, name: 'scores' }),
    ],
  });
  const weights = [...model.trainableWeights, ...model.nonTrainableWeights];
  weights.forEach((weight, index) => {
    weight.write(tf.tensor(start[index]!, weight.shape as number[]));
  });
  for (const layer of context.layers) layer.treatStatistics(phase);
  const spec = adamW({ learningRate, weightDecay, decay: 'all' });
  const optimized = { model, context, spec, clipNorm: undefined, terms: [] };
  const optimizer = phaseOptimizer(optimized, phase);
  const taps = new FeatureTaps(model, context);
  const trainee = { model, context, optimizer, labelSmoothing: 0, taps, terms: [] };
  const losses = images.map((pixels, step) => {
    const batch = {
      images: Float32Array.from(pixels),
      segments: [{ domain: 1, images: labels[step]!.length }],
      labels: [Int32Array.from(labels[step]!)],
    };
    return trainStep(trainee, batch, { learningRate, progress: 0 }).segments[0]!.loss;
  });
  return { losses, end: weights.map((weight) => weight.read().dataSync<'float32'>()) };
}

const MODES = [
  ['frozen', finetuneFrozen, {}],
  ['updated', finetuneUpdated, {}],
  ['decayed', finetuneFrozen, { parametersDecayed: true }],
] as const;

test.each(MODES)('20 steps of fine-tuning are those of PyTorch: %s', (mode, schedule, settings) => {
  const { losses, end } = finetune(secondPhase(schedule, settings), mode);
  expect(relativeError([losses], [fixture[mode].losses])).toBeLessThan(1e-4);
  expect(relativeError(end, fixture[mode].end)).toBeLessThan(1e-4);
});

test('frozen γ, β and statistics do not move a bit', () => {
  const { end } = finetune(secondPhase(finetuneFrozen, {}), 'frozen');
  const start = fixture.frozen.start.map((values) => Float32Array.from(values));
  const [, gamma, beta, , , mean, variance] = end;
  expect([gamma, beta, mean, variance]).toEqual([start[1], start[2], start[5], start[6]]);
  expect(end[0]).not.toEqual(start[0]);
});

test('layers that the phase does not name stay as they are', () => {
  const { end } = finetune(secondPhase(finetuneUpdated, { layers: ['scores'] }), 'updated');
  const start = fixture.updated.start.map((values) => Float32Array.from(values));
  expect(end.slice(0, 3)).toEqual(start.slice(0, 3));
  expect(end[3]).not.toEqual(start[3]);
  expect(end[5]).not.toEqual(start[5]);
});
