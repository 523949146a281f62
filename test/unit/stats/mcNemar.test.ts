import { expect, test } from 'vitest';
import { mcNemarP } from '../../../src/stats/mcNemar.ts';

test.each([
  [0, 0, 1],
  [0, 6, 1 / 64],
  [1, 5, 7 / 64],
  [3, 2, (1 + 5 + 10 + 10) / 32],
  // scipy.stats.binomtest(g, g + l, alternative='less').pvalue, SciPy 1.17
  [480, 600, 0.00014478645146791236],
])('of %i gained and %i lost p is %f', (gained, lost, p) => {
  expect(mcNemarP(gained, lost) / p).toBeCloseTo(1, 9);
});

test('of thousands of trials it does not underflow, and both sides add up', () => {
  const [gained, lost] = [2_950, 3_050];
  expect(mcNemarP(gained, lost) + mcNemarP(lost - 1, gained + 1)).toBeCloseTo(1, 9);
});
