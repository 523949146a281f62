import { describe, expect, it } from 'vitest';
import { linearMmd } from '../../../src/stats/mmdLinear.ts';
import { normalStream } from '../../../src/stats/normal.ts';
import { randomStream } from '../../../src/stats/random.ts';
import reference from '../../fixtures/stats/mmd.json';
import { drawSample, sampleOf } from './samples.ts';

describe('the linear-time MMD²', () => {
  it("is NumPy's, with its standard error and p", () => {
    const { a, b, mmd2, se, p, n } = reference.linear;
    const estimate = linearMmd(sampleOf(a), sampleOf(b));
    const facts = { estimator: 'linear', bandwidthRule: 'five-kernels', n, m: n };
    expect(estimate).toMatchObject(facts);
    expect(estimate.mmd2).toBeCloseTo(mmd2, 10);
    expect(estimate.se).toBeCloseTo(se, 10);
    expect(estimate.p).toBeCloseTo(p, 10);
  });

  it('is zero on average with the standard error that it states, when nothing differs', () => {
    const normal = normalStream(randomStream(1, 'linear null'));
    const scores = Array.from({ length: 300 }, () => {
      const { mmd2, se } = linearMmd(drawSample(200, 2, normal), drawSample(201, 2, normal));
      return mmd2 / se;
    });
    const mean = scores.reduce((sum, z) => sum + z, 0) / 300;
    const square = scores.reduce((sum, z) => sum + z * z, 0) / 300;
    expect(Math.abs(mean)).toBeLessThan(3 / Math.sqrt(300));
    // The standard error of a mean of 300 χ²₁ is √(2/300) = 0.08.
    expect(Math.abs(square - 1)).toBeLessThan(0.25);
  });

  it('finds an obvious shift', () => {
    const normal = normalStream(randomStream(2, 'linear shift'));
    const far = drawSample(200, 2, () => 2 + normal());
    expect(linearMmd(drawSample(200, 2, normal), far).p).toBeLessThan(1e-4);
  });

  it('finds nothing in constant data, and says NaN of NaN', () => {
    const constant = drawSample(6, 2, () => 0.1);
    expect(linearMmd(constant, constant)).toMatchObject({ mmd2: 0, se: 0, p: 0.5 });
    expect(
      linearMmd(
        constant,
        drawSample(6, 2, () => NaN),
      ),
    ).toMatchObject({ mmd2: NaN, p: NaN });
  });

  it('refuses fewer than two pairs of points, and other dimensions', () => {
    const points = drawSample(4, 2, () => 1);
    expect(() =>
      linearMmd(
        points,
        drawSample(3, 2, () => 1),
      ),
    ).toThrow('4 are needed');
    expect(() =>
      linearMmd(
        points,
        drawSample(4, 1, () => 1),
      ),
    ).toThrow('dimensions');
  });
});
