import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { separateAffine } from '../../../src/nn/affine.ts';
import { BatchContext, type SiteLayer } from '../../../src/nn/batchContext.ts';
import { MIXED_SCHEME, type DomainScheme } from '../../../src/nn/domainScheme.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { parseStrategy } from '../../../src/strategies/parseStrategy.ts';

const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [1], units: 1 })] });
const context = new BatchContext();
const domains = (['a', 'b'] as const).map((name) => ({
  name,
  kind: 'real' as const,
  labelled: true,
}));

/** A model whose layers write down how they treat domains. */
function recordingModel() {
  const schemes: DomainScheme[] = [];
  const layer: SiteLayer = {
    name: 'bn',
    frames: [],
    weights: [],
    trainableWeights: [],
    channels: 1,
    handling: 'mixed',
    momentum: 0.9,
    epsilon: 1e-3,
    frozen: false,
    sites: [],
    parameters: [],
    calls: 0,
    assignSites: () => undefined,
    startPass: () => undefined,
    adopt: () => undefined,
    treatStatistics: () => undefined,
    replaceStatistics: () => undefined,
    statisticsOf: () => ({ mean: new Float32Array(1), variance: new Float32Array(1) }),
    atTest: () => ({
      gamma: null,
      beta: null,
      mean: new Float32Array(1),
      variance: new Float32Array(1),
    }),
    hasOwnParameters: false,
    hasMovingStatistics: true,
    treatDomains: (scheme) => {
      schemes.push(scheme);
    },
  };
  return { model: { model, context, layers: [layer, layer], domains }, schemes };
}

test('shared mixes the domains in every layer', () => {
  const { model, schemes } = recordingModel();
  parseStrategy('shared').normalization.prepare(model);
  const mixed = { ...MIXED_SCHEME, domains: ['a', 'b'] };
  expect(schemes).toEqual([mixed, mixed]);
});

test('separate keeps the domains apart in every layer', () => {
  const { model, schemes } = recordingModel();
  const { name, normalization } = parseStrategy(' separate ');
  normalization.prepare(model);
  expect(name).toBe('separate');
  const apart = { domains: ['a', 'b'], statistics: 'separate', affine: separateAffine };
  expect(schemes).toMatchObject([apart, apart]);
});

test('the forward mode is per-domain where that of a layer of its own is', () => {
  const layers = { bn1: 'shared' } as const;
  const modeOf = (forward: 'concatenated' | 'per-domain') =>
    parseStrategy('separate', { layers, shared: { forward } }).normalization.forward;
  expect(modeOf('per-domain')).toBe('per-domain');
  expect(modeOf('concatenated')).toBe('concatenated');
});

test.each([
  ['seperate', 'strategy "seperate": there is no "seperate"'],
  ['separate+', 'strategy "separate+" lacks a name'],
  ['shared+mdd', 'strategy "shared+mdd": there is no "mdd"'],
  ['separate+separate', 'strategy "separate+separate" names "separate" twice'],
  ['shared+separate', /names both "shared" and "separate" for the normalization/],
])('%s is refused, and what exists is listed', (text, message) => {
  const parse = () => parseStrategy(text);
  expect(parse).toThrow(message);
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).details.hint).toMatch(/There are: shared, separate|Name it once/);
  }
});
