import { expect, test } from 'vitest';
import { countProbes, isProbed } from '../../../src/protocol/probes.ts';
import { phasesOf } from '../../../src/protocol/phases.ts';
import type { RunFile } from '../../../src/protocol/run.ts';

const record = { channelsEvery: 25, mmdEvery: 50, probeEvery: 10 };
const [joint] = phasesOf({ epochs: 1, stepsPerEpoch: 40, domains: [0, 1] });
if (joint === undefined) throw new Error('there is one');
const inPhases = {
  record,
  domains: [{}, {}],
  phases: [
    { ...joint, domains: [0] },
    { ...joint, firstStep: 41 },
  ],
} as unknown as RunFile;

const steps = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

test('a step is probed every so many steps, and where channels or MMD are due', () => {
  expect(steps(1, 60).filter((step) => isProbed({ record }, step))).toEqual([
    10, 20, 25, 30, 40, 50, 60,
  ]);
});

test('probes are those of phases that leave domains out, each step once', () => {
  const twice = [...steps(1, 80), ...steps(1, 80)];
  expect(countProbes(inPhases, twice)).toBe(5);
  expect(countProbes(inPhases, steps(1, 12))).toBe(1);
});

test('a run of one phase has none', () => {
  expect(countProbes({ ...inPhases, phases: [joint] }, steps(1, 40))).toBeNull();
});
