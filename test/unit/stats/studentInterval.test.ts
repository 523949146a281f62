import { describe, expect, it } from 'vitest';
import { studentInterval, studentQuantile } from '../../../src/stats/studentInterval.ts';
import reference from '../../fixtures/stats/student.json';

describe('studentQuantile', () => {
  it.each(reference.quantiles)('agrees with SciPy at $p, $freedom degrees', (expected) => {
    const quantile = studentQuantile(expected.freedom, expected.p);
    expect(Math.abs(quantile - expected.quantile)).toBeLessThan(
      1e-12 * Math.max(1, expected.quantile),
    );
  });
});

describe('studentInterval', () => {
  it.each(reference.intervals)('agrees with SciPy on $values', ({ values, mean, low, high }) => {
    const interval = studentInterval(values);
    expect(interval?.mean).toBeCloseTo(mean, 12);
    expect(interval?.low).toBeCloseTo(low, 12);
    expect(interval?.high).toBeCloseTo(high, 12);
  });

  it('has no width where nothing varies', () => {
    expect(studentInterval([0.5, 0.5, 0.5])).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
  });

  it('knows nothing of the spread of a single value', () => {
    expect(studentInterval([0.8])).toBeNull();
  });
});
