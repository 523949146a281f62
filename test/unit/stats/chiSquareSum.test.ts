import { describe, expect, it } from 'vitest';
import { chiSquareSumQuantile } from '../../../src/stats/chiSquareSum.ts';
import { randomStream } from '../../../src/stats/random.ts';
import reference from '../../fixtures/stats/reference.json';
import { normalStream } from './batches.ts';

describe('chiSquareSumQuantile', () => {
  it.each(reference.spikedQuantiles)(
    'agrees with SciPy on $components components, squares $correlationSquares, level $level',
    ({ components, correlationSquares, level, quantile }) => {
      const ratio = chiSquareSumQuantile(components, correlationSquares, level) / quantile;
      expect(ratio).toBeGreaterThan(0.97);
      expect(ratio).toBeLessThan(1.09);
    },
  );

  it('is the quantile of χ²₁ for one component', () => {
    expect(chiSquareSumQuantile(1, 1, 0.01) / 6.6349).toBeCloseTo(1, 1);
  });

  it.each([0.5, 0.8, 0.95])('is exceeded too rarely when eigenvalues fall by %d', (decay) => {
    const normal = normalStream(randomStream(1, 'spectrum', decay));
    const powers = Array.from({ length: 32 }, (_, index) => decay ** index);
    const sum = powers.reduce((total, power) => total + power, 0);
    const eigenvalues = powers.map((power) => (32 * power) / sum);
    const squares = eigenvalues.reduce((total, value) => total + value * value, 0);
    const quantile = chiSquareSumQuantile(32, squares, 0.01);
    let exceeded = 0;
    for (let draw = 0; draw < 20_000; draw++) {
      let length = 0;
      for (const eigenvalue of eigenvalues) length += eigenvalue * normal() ** 2;
      if (length > quantile) exceeded++;
    }
    expect(exceeded).toBeLessThan(200 + 2 * Math.sqrt(200));
    expect(exceeded).toBeGreaterThan(60);
  });
});
