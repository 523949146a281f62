import { describe, expect, it } from 'vitest';
import { FastRandom } from '../../statistics/fastRandom.ts';

const COUNT = 1_000_000;

/** Returns draws below each bound, in standard errors off their expectation. */
function deviations(draw: () => number, bounds: readonly (readonly [number, number])[]): number[] {
  const below = bounds.map(() => 0);
  for (let i = 0; i < COUNT; i++) {
    const x = draw();
    bounds.forEach(([bound], index) => {
      if (x < bound) below[index]! += 1;
    });
  }
  return bounds.map(
    ([, probability], index) =>
      (below[index]! - COUNT * probability) / Math.sqrt(COUNT * probability * (1 - probability)),
  );
}

describe('FastRandom', () => {
  it('draws from the normal distribution, its tail included', () => {
    const random = new FastRandom(1, 'normal');
    // Bounds and probabilities of the normal table; the ziggurat's tail begins at 3.44.
    const table = [
      [-4, 3.167124183e-5],
      [-3.5, 2.32629079e-4],
      [-3, 1.349898032e-3],
      [-2, 2.275013195e-2],
      [-1, 0.1586552539],
      [0, 0.5],
      [0.5, 0.6914624613],
      [1.5, 0.9331927987],
      [2.5, 0.9937903347],
      [3.5, 0.9997673709],
    ] as const;
    for (const z of deviations(() => random.normal(), table)) expect(Math.abs(z)).toBeLessThan(4);
  });

  it('draws uniform numbers', () => {
    const random = new FastRandom(1, 'uniform');
    const table = [0.001, 0.1, 0.25, 0.5, 0.9, 0.999].map((p) => [p, p] as const);
    for (const z of deviations(() => random.uniform(), table)) expect(Math.abs(z)).toBeLessThan(4);
  });

  it('repeats itself for a seed and purpose, and for no other', () => {
    const first = new FastRandom(1, 'a', 2).normal();
    expect(new FastRandom(1, 'a', 2).normal()).toBe(first);
    expect(new FastRandom(1, 'a', 3).normal()).not.toBe(first);
    expect(new FastRandom(2, 'a', 2).normal()).not.toBe(first);
  });
});
