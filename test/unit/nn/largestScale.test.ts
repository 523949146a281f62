import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { largestScale } from '../../../src/nn/largestScale.ts';
import { MIXED_SCHEME } from '../../../src/nn/domainScheme.ts';
import { useBothBackends } from '../engine/backends.ts';
import { apart, builtLayer } from './models.ts';

useBothBackends();

test('the largest scale is that of the channel and domain with the most |γ|/√(σ² + ε)', () => {
  const { layer } = builtLayer({ epsilon: 0 }, [2]);
  layer.treatDomains(apart('a', 'b'));
  // γ and β of a and b, then means and variances: 1/2 and 1/4, then 6/3 and 1/5.
  const weights = [
    [1, 1],
    [0, 0],
    [-6, 1],
    [0, 0],
    [0, 0],
    [4, 16],
    [0, 0],
    [9, 25],
  ];
  layer.setWeights(weights.map((values) => tf.tensor1d(values)));
  expect(largestScale(layer, 2)).toBeCloseTo(2, 6);
});

test('a layer without γ counts as having 1, one without statistics has no scale', () => {
  const { layer } = builtLayer({ epsilon: 0, scale: false, center: false }, [1]);
  layer.setWeights([tf.tensor1d([0]), tf.tensor1d([0.25])]);
  expect(largestScale(layer, 2)).toBeCloseTo(2, 6);
  layer.treatDomains({ ...MIXED_SCHEME, domains: ['a'], statistics: 'image' });
  expect(largestScale(layer, 1)).toBeNull();
});
