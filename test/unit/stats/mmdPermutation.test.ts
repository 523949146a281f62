import { describe, expect, it } from 'vitest';
import { unbiasedMmd } from '../../../src/stats/mmd.ts';
import { PooledKernels, type BandwidthRule } from '../../../src/stats/mmdKernels.ts';
import { permutationTest, type MmdTest } from '../../../src/stats/mmdPermutation.ts';
import { normalStream } from '../../../src/stats/normal.ts';
import { randomStream } from '../../../src/stats/random.ts';
import type { Sample } from '../../../src/stats/sample.ts';
import reference from '../../fixtures/stats/mmd.json';
import { uniformityP } from './kolmogorovSmirnov.ts';
import { drawSample, sampleOf } from './samples.ts';

const RULES: readonly BandwidthRule[] = ['five-kernels', 'median'];

function test(
  a: Sample,
  b: Sample,
  permutations: number,
  rule: BandwidthRule = 'five-kernels',
  random = randomStream(1, 'permutations'),
): MmdTest {
  return permutationTest(new PooledKernels(a, b, rule), permutations, random);
}

describe('the permutation test', () => {
  it.each(reference.exact)('comes to the p of all splits (%#)', ({ a, b, rule, p }) => {
    const by = RULES.find((known) => known === rule);
    const estimate = test(sampleOf(a), sampleOf(b), 20_000, by).p;
    expect(Math.abs(estimate - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 20_000) + 1e-4);
  });

  it.each(RULES)('has a uniform p when nothing differs, by the rule %s', (rule) => {
    const uniform = randomStream(3, 'null', rule);
    const normal = normalStream(uniform);
    // Skewed, heavy-tailed, and not equally many.
    const draw = () => Math.exp(normal());
    const values = Array.from(
      { length: 1_000 },
      () => test(drawSample(9, 2, draw), drawSample(7, 2, draw), 99, rule, uniform).p,
    );
    expect(uniformityP(values, 99)).toBeGreaterThan(0.01);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(1 / 100);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
  });

  it('counts the observed split, so that p is never 0', () => {
    const normal = normalStream(randomStream(4, 'far'));
    const far = test(
      drawSample(20, 3, normal),
      drawSample(20, 3, () => 9 + normal()),
      199,
    );
    expect(far).toMatchObject({ p: 1 / 200, permutations: 199, n: 20, m: 20 });
    expect(test(drawSample(3, 1, normal), drawSample(4, 1, normal), 0).p).toBe(1);
  });

  it('finds shifts and other spreads in most draws', () => {
    const normal = normalStream(randomStream(5, 'power'));
    const found = (draw: () => number): number => {
      const draws = Array.from({ length: 40 }, (_, k) => {
        const random = randomStream(k, 'power');
        const [a, b] = [drawSample(32, 8, normal), drawSample(32, 8, draw)];
        return test(a, b, 99, 'five-kernels', random).p;
      });
      return draws.filter((p) => p <= 0.05).length;
    };
    expect(found(() => 0.5 + normal())).toBeGreaterThan(36);
    expect(found(() => 1.6 * normal())).toBeGreaterThan(36);
  });

  it('gives the same estimate, and the same p but for chance, with the samples swapped', () => {
    const normal = normalStream(randomStream(6, 'swap'));
    const [a, b] = [drawSample(15, 2, normal), drawSample(12, 2, () => 0.4 + normal())];
    const [there, back] = [test(a, b, 4_999), test(b, a, 4_999)];
    expect(back.mmd2).toBeCloseTo(there.mmd2, 12);
    expect(back).toMatchObject({ n: 12, m: 15 });
    expect(Math.abs(back.p - there.p)).toBeLessThan(4 * Math.sqrt((2 * 0.25) / 5_000));
  });

  it('says its estimate, bandwidths and rule as the unbiased estimate does', () => {
    const normal = normalStream(randomStream(7, 'facts'));
    const kernels = new PooledKernels(
      drawSample(8, 2, normal),
      drawSample(11, 2, normal),
      'five-kernels',
    );
    const { mmd2, ...facts } = unbiasedMmd(kernels);
    const result = permutationTest(kernels, 19, randomStream(1));
    expect(result).toMatchObject(facts);
    expect(result.mmd2).toBeCloseTo(mmd2, 12);
  });

  it('draws the same permutations from the same stream', () => {
    const normal = normalStream(randomStream(8, 'seeds'));
    const [a, b] = [drawSample(10, 2, normal), drawSample(10, 2, normal)];
    expect(test(a, b, 199)).toEqual(test(a, b, 199));
  });

  it('finds nothing in constant data, and says NaN of NaN', () => {
    const constant = sampleOf([[7], [7], [7]]);
    expect(test(constant, constant, 19)).toMatchObject({ mmd2: 0, p: 1 });
    expect(test(constant, sampleOf([[7], [NaN]]), 19).p).toBeNaN();
  });
});
