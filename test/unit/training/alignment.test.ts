import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, test } from 'vitest';
import { startBothBackends } from '../engine/gradients.ts';
import { ALIGNMENT_CASES, expectStepsOfPyTorch } from './alignedTraining.ts';

beforeAll(startBothBackends);

describe.each([
  { backend: 'cpu', nested: false },
  { backend: 'wasm', nested: false },
  { backend: 'wasm', nested: true },
])('on $backend, with a nested model: $nested', ({ backend, nested }) => {
  beforeAll(() => tf.setBackend(backend));

  test.each(ALIGNMENT_CASES)('%s takes the steps of PyTorch', (name) => {
    expectStepsOfPyTorch(name, nested);
  });
});
