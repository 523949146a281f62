import { describe, expect, it } from 'vitest';
import { FastRandom } from '../../statistics/fastRandom.ts';
import {
  changing,
  gaussian,
  logNormal,
  rectified,
  smoothFields,
  type Population,
} from '../../statistics/populations.ts';

const IMAGES = 40_000;
const CHANNELS = 8;

/** Returns the mean over images of a function of Σx and Σx². */
function expectation(
  population: Population,
  value: (sumOf: (channel: number) => number, squaresOf: (channel: number) => number) => number,
  step = 1,
): number {
  const sums = new Float32Array(2 * IMAGES * CHANNELS);
  population.draw(new FastRandom(1, 'expectation'), sums, CHANNELS, step);
  let total = 0;
  for (let image = 0; image < IMAGES; image++) {
    const at = (channel: number) => 2 * (image * CHANNELS + channel);
    total += value(
      (channel) => sums[at(channel)]!,
      (channel) => sums[at(channel) + 1]!,
    );
  }
  return total / IMAGES;
}

describe('populations', () => {
  it('are normal with the given moments', () => {
    const population = gaussian((channel) => [channel, channel + 1]);
    expect(expectation(population, (sum) => sum(3))).toBeCloseTo(3, 1);
    expect(expectation(population, (_, squares) => squares(3)) / 25).toBeCloseTo(1, 1);
  });

  it('are log-normal', () => {
    expect(expectation(logNormal(), (sum) => Math.log(sum(2)))).toBeCloseTo(0, 1);
    expect(expectation(logNormal(), (sum) => Math.log(sum(2)) ** 2)).toBeCloseTo(1, 1);
  });

  it('are rectified, and nearly dead in every eighth channel', () => {
    const active = (channel: number) =>
      expectation(rectified(), (sum) => (sum(channel) > 0 ? 1 : 0));
    expect(active(0)).toBeCloseTo(0.5, 1);
    expect(1 / active(7)).toBeCloseTo(161, -2);
    expect(expectation(rectified(), (sum) => Math.min(sum(0), 0))).toBe(0);
  });

  it('have the mean squares and correlations of smooth fields', () => {
    const fields = smoothFields();
    // Variances 4, 1.96, 1.96, 1, 1 of the amplitudes: Σx² is their sum, Σx √64 times the first.
    expect(expectation(fields, (_, squares) => squares(0)) / 9.92).toBeCloseTo(1, 1);
    expect(expectation(fields, (sum) => sum(0) ** 2) / 256).toBeCloseTo(1, 1);
    expect(expectation(fields, (sum) => sum(0) * sum(5)) / 256).toBeCloseTo(0.3, 1);
    expect(expectation(fields, (sum, squares) => Math.min(64 * squares(1) - sum(1) ** 2, 0))).toBe(
      0,
    );
  });

  it('change after a step', () => {
    const population = changing(
      10,
      gaussian(),
      gaussian(() => [5, 1]),
    );
    expect(expectation(population, (sum) => sum(0), 10)).toBeCloseTo(0, 1);
    expect(expectation(population, (sum) => sum(0), 11)).toBeCloseTo(5, 1);
  });
});
