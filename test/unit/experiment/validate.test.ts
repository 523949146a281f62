import { describe, expect, it } from 'vitest';
import { imageFolder } from '../../../src/data/sources/imageFolder.ts';
import { validateExperiment } from '../../../src/experiment/validate.ts';
import { adamW } from '../../../src/nn/optimizers/specs.ts';
import { UserError } from '../../../src/protocol/userError.ts';

const data = imageFolder('x');
const model = () => {
  throw new Error('validation builds no model');
};
const train = { epochs: 3, batchSize: 16, optimizer: adamW() };
const domains = { synthetic: { kind: 'synthetic', data }, real: { kind: 'real', data } };
const valid = { domains, model, train };

function fault(declaration: unknown): UserError {
  try {
    validateExperiment(declaration);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was found valid');
}

const split = (parts: unknown, kind = 'real') => ({
  ...valid,
  domains: { a: { kind, data, split: parts } },
});
const domainNamed = (...names: string[]) => ({
  ...valid,
  domains: Object.fromEntries(names.map((name) => [name, domains.real])),
});

const faults: readonly (readonly [declaration: unknown, message: string, field: string])[] = [
  [7, 'must be an object, got 7', ''],
  [{ model, train }, 'domains: is missing', 'domains'],
  [{ ...valid, domain: {} }, 'unknown field "domain", did you mean "domains"?', 'domain'],
  [{ domains, model, trian: train }, 'unknown field "trian", did you mean "train"?', 'trian'],
  [
    { ...valid, zebra: 1 },
    'unknown field "zebra", there are domains, preprocess, model, train, strategies, flags, record',
    'zebra',
  ],
  [{ ...valid, domains: [] }, 'domains: there is no domain; declare at least one', 'domains'],
  [{ ...valid, domains: {} }, 'domains: there is no domain; declare at least one', 'domains'],
  [
    domainNamed('a/b'),
    'domains.a/b: "a/b" is no domain name; use letters, digits, ".", "_" and "-", a letter or digit first',
    'domains.a/b',
  ],
  [
    domainNamed('Real', 'real'),
    'domains: "Real" and "real" differ in case only; file systems may not',
    'domains',
  ],
  [
    { ...valid, domains: { a: { kind: 'photo', data } } },
    `domains.a.kind: must be 'synthetic' or 'real', got "photo"`,
    'domains.a.kind',
  ],
  [
    { ...valid, domains: { a: { kind: 'real', data: 'folder' } } },
    'domains.a.data: must be made by imageFolder(...) or idx(...), got "folder"',
    'domains.a.data',
  ],
  [
    { ...valid, domains: { a: { kind: 'real', data, weigth: 1 } } },
    'domains.a: unknown field "weigth", there are kind, data, split, labels',
    'domains.a.weigth',
  ],
  [
    { ...valid, domains: { a: { kind: 'real', data, labels: 0 } } },
    "domains.a.labels: must be 'all', 'none' or a number of images, got 0",
    'domains.a.labels',
  ],
  [split({ test: 0.5 }), 'domains.a.split.train: is missing', 'domains.a.split.train'],
  [
    split({ train: 0 }),
    'domains.a.split.train: must be more than 0: every domain is trained on',
    'domains.a.split.train',
  ],
  [
    split({ train: 0.5, validation: -0.1 }),
    'domains.a.split.validation: must be a fraction or a number of images, got -0.1',
    'domains.a.split.validation',
  ],
  [
    split({ train: 10.5 }),
    'domains.a.split.train: must be a fraction or a number of images, got 10.5',
    'domains.a.split.train',
  ],
  [
    split({ train: 0.5, validation: 100 }),
    'domains.a.split: mixes fractions and numbers of images; use one of them for all parts',
    'domains.a.split',
  ],
  [
    split({ train: 0.8, validation: 0.2, test: 0.1 }),
    'domains.a.split: the fractions add up to 1.1, more than 1',
    'domains.a.split',
  ],
  [
    split({ train: 0.5, test: 0.5 }, 'synthetic'),
    'domains.a.split.test: only real domains have a test part; this one is synthetic',
    'domains.a.split.test',
  ],
  [
    { ...valid, preprocess: {} },
    'preprocess: must be a list of steps, got an object',
    'preprocess',
  ],
  [
    { ...valid, preprocess: ['resize'] },
    'preprocess.0: must be made by resize(...) or rescale(...), got "resize"',
    'preprocess.0',
  ],
  [
    { ...valid, model: null },
    'model: must be a function that returns a tf.LayersModel, got null',
    'model',
  ],
  [
    { ...valid, train: { ...train, epochs: 0 } },
    'train.epochs: must be a whole number of at least 1, got 0',
    'train.epochs',
  ],
  [
    { ...valid, train: { ...train, batchSize: 1 } },
    'train.batchSize: must be a whole number of at least 2, got 1',
    'train.batchSize',
  ],
  [
    { ...valid, train: { ...train, batchSize: '64' } },
    'train.batchSize: must be a whole number of at least 2, got "64"',
    'train.batchSize',
  ],
  [
    { ...valid, train: { ...train, optimizer: undefined } },
    'train.optimizer: must be made by adamW(...), adam(...) or sgd(...), got nothing',
    'train.optimizer',
  ],
  [
    { ...valid, train: { ...train, optimizer: { type: 'sgd' } } },
    'train.optimizer: sgd: learningRate must be a number above 0 or a schedule, got undefined',
    'train.optimizer',
  ],
  [
    { ...valid, train: { ...train, clipNorm: 0 } },
    'train.clipNorm: must be a number above 0, got 0',
    'train.clipNorm',
  ],
  [
    { ...valid, train: { ...train, labelSmoothing: 1 } },
    'train.labelSmoothing: must be a number of at least 0 and below 1, got 1',
    'train.labelSmoothing',
  ],
  [
    { ...valid, train: { ...train, earlyStopping: { patience: 0 } } },
    'train.earlyStopping.patience: must be a whole number of at least 1, got 0',
    'train.earlyStopping.patience',
  ],
  [
    { ...valid, strategies: { seperate: {} } },
    'strategies: unknown field "seperate", did you mean "separate"?',
    'strategies.seperate',
  ],
  [
    { ...valid, strategies: { mmd: { weight: -1 } } },
    'strategies.mmd.weight: must be a number of at least 0, got -1',
    'strategies.mmd.weight',
  ],
  [
    { ...valid, strategies: { 'finetune-frozen': { learningRate: { type: 'cosineDecay' } } } },
    'strategies.finetune-frozen.learningRate: cosineDecay: initial must be a number above 0, got undefined',
    'strategies.finetune-frozen.learningRate',
  ],
  [
    { ...valid, strategies: { mmd: { estimator: 'linear' } } },
    "strategies.mmd.estimator: must be 'unbiased' or 'biased', got \"linear\"",
    'strategies.mmd.estimator',
  ],
  [
    { ...valid, strategies: { coral: { layers: [] } } },
    'strategies.coral.layers: must name a layer',
    'strategies.coral.layers',
  ],
  [
    { ...valid, strategies: { coral: { layers: [3] } } },
    'strategies.coral.layers.0: must be the name of a layer',
    'strategies.coral.layers.0',
  ],
  [
    { ...valid, strategies: { adversarial: { units: [0] } } },
    'strategies.adversarial.units.0: must be a whole number of at least 1, got 0',
    'strategies.adversarial.units.0',
  ],
  [
    { ...valid, strategies: { bsp: { estimator: 'biased' } } },
    'strategies.bsp: unknown field "estimator", there are weight, schedule, layers',
    'strategies.bsp.estimator',
  ],
  [
    { ...valid, strategies: { shared: { weight: 1 } } },
    'strategies.shared: unknown field "weight", there are forward',
    'strategies.shared.weight',
  ],
  [
    { ...valid, flags: { alpha: 1 } },
    'flags.alpha: must be a number between 0 and 1, got 1',
    'flags.alpha',
  ],
  [
    { ...valid, flags: { tolerance: NaN } },
    'flags.tolerance: must be a number of at least 0, got NaN',
    'flags.tolerance',
  ],
  [
    { ...valid, record: { mmdEvery: 0.5 } },
    'record.mmdEvery: must be a whole number of at least 1, got 0.5',
    'record.mmdEvery',
  ],
];

describe('validating an experiment', () => {
  it('fills in the defaults and keeps what is given', () => {
    expect(validateExperiment(valid)).toEqual({
      ...valid,
      train: { ...train, labelSmoothing: 0 },
      strategies: {},
      preprocess: [],
      flags: { tolerance: 0.1, alpha: 0.05 },
      record: { channelsEvery: 50, mmdEvery: 50, probeEvery: 10 },
    });
    const more = {
      ...split({ train: 0.1, validation: 0.2, test: 0.7 }),
      train: { ...train, clipNorm: 1, labelSmoothing: 0.1, earlyStopping: { patience: 3 } },
      strategies: { separate: { sharedParameters: true } },
      flags: { tolerance: 0, alpha: 0.01 },
      record: { channelsEvery: 1, mmdEvery: 200, probeEvery: 5 },
    };
    expect(validateExperiment(more)).toEqual({ ...more, preprocess: [] });
  });

  it.each(faults.map(([declaration, message, field]) => ({ declaration, message, field })))(
    '$message',
    ({ declaration, message, field }) => {
      const error = fault(declaration);
      expect(error.message).toBe(message);
      expect(error.details.field?.join('.')).toBe(field);
    },
  );
});
