import { beforeAll, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { ALIGNMENT_CASES, expectStepsOfPyTorch } from '../unit/training/alignedTraining.ts';
import { startAllBackends } from './backends.ts';

beforeAll(startAllBackends);

test.each(ALIGNMENT_CASES)('%s takes the steps of PyTorch', (name) => {
  expect(tf.getBackend()).toBe('tensorflow');
  expectStepsOfPyTorch(name, false);
});
