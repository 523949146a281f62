import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { DomainBatchNormalization } from '../../../src/nn/domainBatchNormalization.ts';
import { sample, startBothBackends } from '../engine/gradients.ts';
import { userCode } from './models.ts';

beforeAll(startBothBackends);

test('the namespace is a plain copy that leaves tfjs itself alone', () => {
  const { ours } = userCode();
  expect(ours.layers.batchNormalization()).toBeInstanceOf(DomainBatchNormalization);
  expect(tf.layers.batchNormalization()).not.toBeInstanceOf(DomainBatchNormalization);
  expect(ours.layers.dense).toBe(tf.layers.dense);
  expect(Object.keys(tf).filter((name) => !(name in ours))).toEqual([]);
});

test('a layer that nobody named is called as tfjs would call it', () => {
  const { ours } = userCode();
  expect(ours.layers.batchNormalization().name).toMatch(
    /^batch_normalization_BatchNormalization\d+$/,
  );
});

test('direct calls of tf.batchNorm work and warn once', () => {
  const warnings: string[] = [];
  const { ours } = userCode((message) => warnings.push(message));
  const x = sample([3, 2]) as tf.Tensor2D;
  const [mean, variance] = [tf.zeros<tf.Rank.R1>([2]), tf.ones<tf.Rank.R1>([2])];
  const y = ours.batchNorm2d(x, mean, variance);
  expect([...y.dataSync()]).toEqual([...tf.batchNorm2d(x, mean, variance).dataSync()]);
  ours.batchNorm(x, mean, variance);
  expect(warnings).toEqual([expect.stringContaining('tf.batchNorm2d')]);
});
