import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { BatchContext, type SiteLayer } from '../../../src/nn/batchContext.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { parseStrategy } from '../../../src/strategies/parseStrategy.ts';

const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [1], units: 1 })] });
const context = new BatchContext();
const domains = (['a', 'b'] as const).map((name) => ({
  name,
  kind: 'real' as const,
  labelled: true,
}));

/** Layers that write down how they are split. */
function recordingLayers(): { layers: SiteLayer[]; splits: (readonly string[])[] } {
  const splits: (readonly string[])[] = [];
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
    treatStatistics: () => undefined,
    replaceStatistics: () => undefined,
    atTest: () => ({
      gamma: null,
      beta: null,
      mean: new Float32Array(1),
      variance: new Float32Array(1),
    }),
    hasOwnParameters: false,
    hasMovingStatistics: true,
    treatDomains: ({ domains }) => {
      splits.push(domains);
    },
  };
  return { layers: [layer, layer], splits };
}

test('shared leaves the layers as they are', () => {
  const { layers, splits } = recordingLayers();
  parseStrategy('shared').normalization.prepare({ model, context, layers, domains });
  expect(splits).toEqual([]);
});

test('separate splits every layer by domain', () => {
  const { layers, splits } = recordingLayers();
  const { name, normalization } = parseStrategy(' separate ');
  normalization.prepare({ model, context, layers, domains });
  expect(name).toBe('separate');
  expect(splits).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

test.each([
  ['seperate', 'strategy "seperate": there is no "seperate"'],
  ['separate+', 'strategy "separate+": there is no ""'],
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
