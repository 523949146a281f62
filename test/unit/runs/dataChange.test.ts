import { expect, test } from 'vitest';
import { dataChange, type DomainData } from '../../../src/runs/dataChange.ts';

const drawn: DomainData = { name: 'drawn', images: { train: 8, validation: 2, test: 0 } };
const photo = { ...drawn, name: 'photo', fingerprint: 'a1' };
const run = { name: 'first', domains: [drawn, photo] };

test.each<[string, DomainData[]]>([
  ['equal', [drawn, photo]],
  [
    'of equal numbers, where one run is of an earlier version',
    [{ ...drawn, fingerprint: 'b' }, photo],
  ],
  ['of equal numbers, where the other is', [drawn, { ...drawn, name: 'photo' }]],
])('data are taken as the same when they are %s', (_, now) => {
  expect(dataChange(run, now)).toBeUndefined();
});

test.each<[string, DomainData[]]>([
  ['whose fingerprint differs', [drawn, { ...photo, fingerprint: 'a2' }]],
  [
    'that has images elsewhere',
    [drawn, { ...photo, images: { train: 7, validation: 3, test: 0 } }],
  ],
  ['that is gone', [drawn]],
])('the domain is named %s', (_, now) => {
  expect(dataChange(run, now)).toBe(
    'domains.photo: the images or their labels have changed since run first began',
  );
});
