import { expect, it } from 'vitest';
import { EarlyStopping } from '../../../src/training/earlyStopping.ts';

it('asks to stop after as many epochs without a better score as its patience', () => {
  const stopping = new EarlyStopping(2);
  expect(stopping.observe({ accuracy: 0.5, loss: 1 }, 10)).toBe(true);
  expect(stopping.observe({ accuracy: 0.4, loss: 0.5 }, 20)).toBe(false);
  expect(stopping.exhausted).toBe(false);
  expect(stopping.observe({ accuracy: 0.5, loss: 1.1 }, 30)).toBe(false);
  expect(stopping.exhausted).toBe(true);
  expect(stopping.state.best?.step).toBe(10);
});

it('takes a lower loss at equal accuracy as better and starts counting anew', () => {
  const stopping = new EarlyStopping(1);
  stopping.observe({ accuracy: 0.5, loss: 1 }, 10);
  expect(stopping.observe({ accuracy: 0.5, loss: 0.9 }, 20)).toBe(true);
  expect(stopping.exhausted).toBe(false);
});

it('never asks to stop without patience', () => {
  const stopping = new EarlyStopping(undefined);
  for (let epoch = 0; epoch < 100; epoch++) stopping.observe({ accuracy: 0, loss: epoch }, epoch);
  expect(stopping.exhausted).toBe(false);
});

it('goes on from its state as if it had never stopped', () => {
  const whole = new EarlyStopping(3);
  const first = new EarlyStopping(3);
  for (const stopping of [whole, first]) stopping.observe({ accuracy: 0.9, loss: 1 }, 1);
  const second = new EarlyStopping(3, first.state);
  for (let step = 2; step <= 4; step++) {
    for (const stopping of [whole, second]) stopping.observe({ accuracy: 0.1, loss: 1 }, step);
    expect(second.exhausted).toBe(whole.exhausted);
  }
  expect(second.exhausted).toBe(true);
});
