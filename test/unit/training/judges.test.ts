import { expect, test } from 'vitest';
import type { LoadedDomain } from '../../../src/data/domains.ts';
import { judgesOf } from '../../../src/training/judges.ts';

function domain(
  kind: LoadedDomain['kind'],
  options: { readonly trainLabels?: number; readonly validation?: number } = {},
): LoadedDomain {
  const { trainLabels = 10, validation = 5 } = options;
  const part = (length: number) => ({
    length,
    labels: new Int32Array(length),
    read: () => Promise.resolve(new Float32Array(0)),
  });
  return {
    name: `${kind}-${trainLabels}`,
    kind,
    labelled: trainLabels > 0,
    trainLabels: new Int32Array(trainLabels),
    parts: { train: part(10), validation: part(validation), test: part(0) },
    fingerprint: undefined,
  };
}

const synthetic = domain('synthetic');
const real = domain('real');
const unlabelled = domain('real', { trainLabels: 0 });
const unmeasured = domain('real', { validation: 0 });

test.each([
  ['real images, if there are any', [synthetic, real], [0, 1], [1]],
  ['all, if none of them is real', [synthetic, synthetic], [0, 1], [0, 1]],
  ['no labels that may not be trained on', [synthetic, unlabelled], [0, 1], [0]],
  ['those that have validation images', [synthetic, unmeasured], [0, 1], [0]],
  ['what the phase trains on', [synthetic, real], [0], [0]],
  ['nobody, where nobody can', [unmeasured], [0], []],
])('by default the judges are %s', (_, domains, trained, judges) => {
  expect(judgesOf(domains, trained, undefined)).toEqual(judges);
});

test('a selection names the judges, even those whose labels may not be trained on', () => {
  const domains = [synthetic, real, unlabelled];
  expect(judgesOf(domains, [0], ['real-10'])).toEqual([1]);
  expect(judgesOf(domains, [0, 1, 2], ['real-0'])).toEqual([2]);
});
