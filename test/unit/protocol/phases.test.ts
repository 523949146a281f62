import { expect, test } from 'vitest';
import {
  epochAt,
  epochsOver,
  phaseAt,
  phasesOf,
  totalEpochsOf,
  totalStepsOf,
} from '../../../src/protocol/phases.ts';

const [joint] = phasesOf({ epochs: 1, stepsPerEpoch: 1, domains: [] });
/** 2 epochs of 14 steps, then 3 of 5. */
const RUN = {
  epochs: 2,
  stepsPerEpoch: 14,
  domains: ['a', 'real'],
  phases: [
    { ...joint!, name: 'pretrain', firstStep: 1, steps: 28, epochs: 2, stepsPerEpoch: 14 },
    { ...joint!, name: 'finetune', firstStep: 29, steps: 15, epochs: 3, stepsPerEpoch: 5 },
  ],
};

test('a run that says no phases has one of all domains', () => {
  const run = { epochs: 3, stepsPerEpoch: 10, domains: ['a', 'b'] };
  expect(phasesOf(run)).toMatchObject([{ firstStep: 1, steps: 30, domains: [0, 1] }]);
  expect([totalStepsOf(run), totalEpochsOf(run)]).toEqual([30, 3]);
});

test('steps and epochs run through all phases', () => {
  expect([totalStepsOf(RUN), totalEpochsOf(RUN)]).toEqual([43, 5]);
  expect([1, 28, 29, 43].map((step) => phaseAt(RUN, step))).toEqual([0, 0, 1, 1]);
  expect([1, 14, 15, 28, 29, 33, 34, 43].map((step) => epochAt(RUN, step))).toEqual([
    1, 1, 2, 2, 3, 3, 4, 5,
  ]);
  expect([0, 13, 14, 28, 32, 33, 43].map((step) => epochsOver(RUN, step))).toEqual([
    0, 0, 1, 2, 2, 3, 5,
  ]);
});
