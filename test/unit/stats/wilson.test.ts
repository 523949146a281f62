import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../../src/stats/wilson.ts';
import reference from '../../fixtures/stats/reference.json';

describe('wilsonInterval', () => {
  it.each(reference.wilson)('agrees with SciPy on $successes of $n', (expected) => {
    const { low, high } = wilsonInterval(expected.successes, expected.n);
    expect(low).toBeCloseTo(expected.low, 12);
    expect(high).toBeCloseTo(expected.high, 12);
  });

  it('knows nothing without trials', () => {
    expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
  });
});
