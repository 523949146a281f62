import { expect, test } from 'vitest';
import { cosineDecay, type LearningRate } from '../../../src/nn/optimizers/schedules.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { parseStrategy } from '../../../src/strategies/parseStrategy.ts';

const synthetic = { name: 'renders', kind: 'synthetic', labelled: true } as const;
const real = { name: 'photos', kind: 'real', labelled: true } as const;
const training = {
  domains: [real, synthetic, { ...synthetic, name: 'games' }],
  epochs: 4,
  learningRate: 1e-3,
};

const ORDINARY = {
  parametersTrained: true,
  parametersDecayed: true,
  statisticsUsed: 'batch',
  statisticsUpdated: true,
};

test('without a schedule all domains are trained on in one phase', () => {
  expect(parseStrategy('separate').schedule.phases(training)).toEqual([
    {
      name: 'joint',
      domains: [0, 1, 2],
      epochs: 4,
      learningRate: 1e-3,
      rateFactor: 1,
      layers: null,
      batchNorm: ORDINARY,
    },
  ]);
});

test.each([
  ['finetune-updated', ORDINARY],
  [
    'finetune-frozen',
    {
      parametersTrained: false,
      parametersDecayed: false,
      statisticsUsed: 'moving',
      statisticsUpdated: false,
    },
  ],
])('%s trains on synthetic, then at a tenth of the rate on real images', (name, batchNorm) => {
  const { schedule } = parseStrategy(`shared+${name}`);
  expect(schedule.phases(training)).toMatchObject([
    { domains: [1, 2], epochs: 4, rateFactor: 1, batchNorm: ORDINARY },
    { domains: [0], epochs: 4, learningRate: 1e-3, rateFactor: 0.1, layers: null, batchNorm },
  ]);
});

test('settings change the second phase, each switch by itself', () => {
  const settings = {
    pretrainEpochs: 7,
    epochs: 2,
    learningRate: 1e-4,
    layers: ['dense'],
    statisticsUpdated: true,
  };
  const { schedule } = parseStrategy('shared+finetune-frozen', { 'finetune-frozen': settings });
  expect(schedule.phases(training)).toMatchObject([
    { epochs: 7, batchNorm: ORDINARY },
    {
      epochs: 2,
      learningRate: 1e-4,
      rateFactor: 1,
      layers: ['dense'],
      batchNorm: {
        parametersTrained: false,
        parametersDecayed: false,
        statisticsUsed: 'moving',
        statisticsUpdated: true,
      },
    },
  ]);
});

test.each([
  [[synthetic], 'has no real domain with labels to fine-tune on'],
  [[real], 'has no synthetic domain with labels to pre-train on'],
  [[synthetic, { ...real, labelled: false }], 'has no real domain with labels to fine-tune on'],
])('domains that it cannot train on are refused', (domains, message) => {
  const { schedule } = parseStrategy('finetune-frozen');
  expect(() => schedule.phases({ ...training, domains })).toThrow(UserError);
  expect(() => schedule.phases({ ...training, domains })).toThrow(message);
});

test('a rate that was written without its function gets the same defaults', () => {
  const learningRate = JSON.parse('{ "type": "cosineDecay", "initial": 0.1 }') as LearningRate;
  const settings = { learningRate };
  const { schedule } = parseStrategy('finetune-frozen', { 'finetune-frozen': settings });
  expect(schedule.phases(training)[1]?.learningRate).toEqual(cosineDecay({ initial: 0.1 }));
});
