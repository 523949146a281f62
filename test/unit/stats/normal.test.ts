import { describe, expect, it } from 'vitest';
import { normalTail } from '../../../src/stats/normal.ts';
import reference from '../../fixtures/stats/mmd.json';

describe('the tail of the normal distribution', () => {
  it.each(reference.normalTail)("is SciPy's beyond $z", ({ z, p }) => {
    expect(normalTail(z) / p).toBeCloseTo(1, 12);
  });

  it('is 1, 0 and NaN at the ends', () => {
    expect([-Infinity, Infinity, NaN].map(normalTail)).toEqual([1, 0, NaN]);
  });
});
