import { describe, expect, test } from 'vitest';
import {
  completeRate,
  cosineDecay,
  dannDecay,
  isLearningRate,
  learningRateAt,
  stepDecay,
  warmup,
  type LearningRate,
} from '../../../src/nn/optimizers/schedules.ts';
import { adam, adamW, sgd } from '../../../src/nn/optimizers/specs.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import fixture from '../../fixtures/nn/schedules.json' with { type: 'json' };

const { total, rise: over } = fixture;
const step = stepDecay({ initial: 0.1, every: 12, factor: 0.3 });
const cosine = cosineDecay({ initial: 0.1, final: 0.001 });
const dann = dannDecay({ initial: 0.01 });

function ratesOf(rate: LearningRate): number[] {
  return Array.from({ length: total }, (_, taken) => learningRateAt(rate, taken + 1, total));
}

describe('rates are those of torch.optim.lr_scheduler', () => {
  test.each<[Exclude<keyof typeof fixture, 'total' | 'rise'>, LearningRate]>([
    ['step', step],
    ['cosine', cosine],
    ['dann', dann],
    ['warmupConstant', warmup({ over, next: 0.1 })],
    ['warmupStep', warmup({ over, next: step })],
    ['warmupCosine', warmup({ over, next: cosine })],
    ['warmupDann', warmup({ over, next: dann })],
  ])('%s', (name, rate) => {
    ratesOf(rate).forEach((value, taken) => {
      expect(value).toBeCloseTo(fixture[name][taken]!, 12);
    });
  });
});

test('a number is the rate of every step', () => {
  expect(new Set(ratesOf(0.3))).toEqual(new Set([0.3]));
});

test('lengths below 1 are fractions of the training, in whole steps', () => {
  expect(ratesOf(stepDecay({ initial: 0.1, every: 0.3, factor: 0.3 }))).toEqual(ratesOf(step));
  expect(ratesOf(warmup({ over: 0.2, next: cosine }))).toEqual(
    ratesOf(warmup({ over, next: cosine })),
  );
  // 0.1 · 30 is more than 3 in binary.
  const tenths = stepDecay({ initial: 1, every: 0.1, factor: 0.5 });
  expect([3, 4].map((taken) => learningRateAt(tenths, taken, 30))).toEqual([1, 0.5]);
});

test('a schedule written without its function gets the same defaults', () => {
  const bare = JSON.parse('{ "type": "dannDecay", "initial": 0.01 }') as LearningRate;
  expect(isLearningRate(bare)).toBe(true);
  expect(completeRate(bare)).toEqual(dann);
  expect(adam({ learningRate: bare }).learningRate).toEqual(dann);
  expect(sgd({ learningRate: bare }).learningRate).toEqual(dann);
  expect(warmup({ over, next: bare })).toEqual(warmup({ over, next: dann }));
});

test.each(['{}', '{ "type": "toString" }', 'null', '"0.1"', '0', '1e999'])(
  '%s is no learning rate',
  (value) => {
    expect(isLearningRate(JSON.parse(value) as LearningRate)).toBe(false);
  },
);

test('a training that ends while it warms up only rises', () => {
  const rate = warmup({ over: 2 * total, next: cosine });
  expect(learningRateAt(rate, total, total)).toBeCloseTo(0.05, 12);
});

test.each([
  [() => stepDecay({ initial: 0, every: 1 }), 'stepDecay: initial must be a number above 0, got 0'],
  [
    () => stepDecay({ initial: 1, every: 1.5 }),
    'stepDecay: every must be a whole number of steps, or below 1 a fraction of the training, got 1.5',
  ],
  [() => stepDecay({ initial: 1, every: 1, factor: 2 }), /factor must be a number above 0 and at/],
  [() => cosineDecay({ initial: 1, final: -1 }), /final must be a number of at least 0, got -1/],
  [() => dannDecay({ initial: 1, beta: NaN }), /beta must be a number of at least 0, got NaN/],
  [() => warmup({ over: 0, next: 1 }), /over must be a whole number of steps, or below 1/],
  [
    () => warmup(JSON.parse('{ "over": 1, "next": { "type": "linear" } }') as never),
    /next must be a number above 0 or a schedule/,
  ],
  [
    () => adamW(JSON.parse('{ "learningRate": { "type": "cosineDecay", "final": 0 } }') as never),
    'cosineDecay: initial must be a number above 0, got undefined',
  ],
  [
    () => cosineDecay(JSON.parse('{ "initial": "0.1" }') as never),
    'cosineDecay: initial must be a number above 0, got "0.1"',
  ],
  [
    () => cosineDecay(JSON.parse('{ "initial": 0.1, "final": "0" }') as never),
    'cosineDecay: final must be a number of at least 0, got "0"',
  ],
  [
    () => stepDecay(JSON.parse('{ "initial": 1, "every": "0.5" }') as never),
    'stepDecay: every must be a whole number of steps, or below 1 a fraction of the training, got "0.5"',
  ],
  [
    () => stepDecay(JSON.parse('{ "initial": 1, "every": 1, "factor": "0.1" }') as never),
    'stepDecay: factor must be a number above 0 and at most 1, got "0.1"',
  ],
  [
    () => dannDecay(JSON.parse('{ "initial": 1, "alpha": "10" }') as never),
    'dannDecay: alpha must be a number of at least 0, got "10"',
  ],
  [
    () => warmup(JSON.parse('{ "over": "0.1", "next": 1 }') as never),
    'warmup: over must be a whole number of steps, or below 1 a fraction of the training, got "0.1"',
  ],
  [
    () => cosineDecay(JSON.parse('{ "initial": 1, "eta_min": 0 }') as never),
    'cosineDecay: there is no setting "eta_min"',
  ],
])('a schedule that cannot be is refused: %s', (declare, message) => {
  expect(declare).toThrow(UserError);
  expect(declare).toThrow(message);
});
