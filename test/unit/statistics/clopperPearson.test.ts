import { expect, it } from 'vitest';
import reference from '../../fixtures/statistics/clopperPearson.json';
import { clopperPearson } from '../../statistics/clopperPearson.ts';

it.each(reference)('bounds $successes of $n as SciPy does', ({ successes, n, low, high }) => {
  const interval = clopperPearson(successes, n);
  expect(interval.low).toBeCloseTo(low, 12);
  expect(interval.high).toBeCloseTo(high, 12);
});
