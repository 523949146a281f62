import { describe, expect, it } from 'vitest';
import { FourierFeatures } from '../../../src/stats/mmdFourier.ts';
import { gaussianKernel, halvedBandwidths } from '../../../src/stats/mmdKernels.ts';
import { MmdWindow } from '../../../src/stats/mmdWindow.ts';
import { normalStream } from '../../../src/stats/normal.ts';
import { permutation, randomStream } from '../../../src/stats/random.ts';
import type { Sample } from '../../../src/stats/sample.ts';
import { drawSample, meanAndSe, pointOf } from './samples.ts';

const BANDWIDTH = 4;
const KERNELS = 3;
const FRESH = [Infinity, Infinity] as const;

function windowOf(frequencies: number, dimensions: number, seed: number, most = 20): MmdWindow {
  const random = randomStream(seed, 'frequencies');
  return new MmdWindow(
    new FourierFeatures(BANDWIDTH, KERNELS, dimensions, frequencies, random),
    most,
  );
}

/** The mean kernel between the points of two samples. */
function meanKernel(x: Sample, y: Sample): number {
  let sum = 0;
  for (let i = 0; i < x.count; i++) {
    for (let j = 0; j < y.count; j++) {
      const [p, q] = [pointOf(x, i), pointOf(y, j)];
      const square = p.reduce((total, value, k) => total + (value - q[k]!) ** 2, 0);
      for (const bandwidth of halvedBandwidths(BANDWIDTH, KERNELS)) {
        sum += gaussianKernel(square, bandwidth);
      }
    }
  }
  return sum / (x.count * y.count);
}

/** Draws batches from a set, all of its images before one comes again. */
function cycling(set: Sample, size: number, random: () => number): () => Sample {
  let order = permutation(set.count, random);
  let at = 0;
  return () => {
    const points = Array.from({ length: size }, () => {
      if (at === set.count) {
        order = permutation(set.count, random);
        at = 0;
      }
      return [...pointOf(set, order[at++]!)];
    });
    return { values: Float32Array.from(points.flat()), count: size, dimensions: set.dimensions };
  };
}

describe('MMD² over a window of batches', () => {
  it('is that of the kernels between different batches, on average over the frequencies', () => {
    const normal = normalStream(randomStream(1, 'fourier'));
    const batches = [0, 1, 2].map(
      () => [drawSample(6, 2, normal), drawSample(5, 2, () => 0.7 + normal())] as const,
    );
    let exact = 0;
    for (const [s, [a, b]] of batches.entries()) {
      for (const [t, [c, d]] of batches.entries()) {
        if (s === t) continue;
        const within = meanKernel(a, c) + meanKernel(b, d);
        exact += (within - meanKernel(a, d) - meanKernel(b, c)) / 6;
      }
    }
    const [mean, se] = meanAndSe(
      Array.from({ length: 600 }, (_, draw) => {
        const window = windowOf(8, 2, draw);
        batches.forEach(([a, b], step) => {
          window.add(1 + step, a, b);
        });
        return window.estimate(FRESH).mmd2;
      }),
    );
    expect(Math.abs(mean - exact)).toBeLessThan(4 * se);
    expect(4 * se).toBeLessThan(0.2 * exact);
  });

  it('comes to the closed form for Gaussian domains, far above its floors', () => {
    const window = windowOf(500, 2, 2);
    const normal = normalStream(randomStream(2, 'steps'));
    for (let step = 1; step <= 20; step++) {
      window.add(
        step,
        drawSample(64, 2, normal),
        drawSample(48, 2, () => 1 + normal()),
      );
    }
    // E k(x, y) of N(μ, I) and N(ν, I) is (σ²/(σ² + 2))^(d/2) · exp(−|μ − ν|²/(2(σ² + 2))).
    const expected = halvedBandwidths(BANDWIDTH, KERNELS).reduce((sum, bandwidth) => {
      const [square, wide] = [bandwidth ** 2, bandwidth ** 2 + 2];
      return sum + 2 * (square / wide) * (1 - Math.exp(-2 / (2 * wide)));
    }, 0);
    const estimate = window.estimate(FRESH);
    expect(estimate).toMatchObject({ batches: 20, fromStep: 1, n: 20 * 64, m: 20 * 48 });
    expect(Math.abs(estimate.mmd2 / expected - 1)).toBeLessThan(0.15);
    expect(estimate.floor99).toBeLessThan(expected / 20);
    expect(estimate.expected).toBe(0);
  });

  it('passes its floors as often as they say, when nothing differs', () => {
    const RUNS = 600;
    const normal = normalStream(randomStream(3, 'null'));
    const estimates = Array.from({ length: RUNS }, (_, run) => {
      const window = windowOf(16, 3, run);
      for (let step = 1; step <= 6; step++) {
        window.add(50 * step, drawSample(16, 3, normal), drawSample(12, 3, normal));
      }
      return window.estimate(FRESH);
    });
    const [mean, se] = meanAndSe(estimates.map(({ mmd2 }) => mmd2));
    expect(Math.abs(mean)).toBeLessThan(4 * se);
    const passed = (floor: 'floor95' | 'floor99') =>
      estimates.filter((estimate) => estimate.mmd2 > estimate[floor]).length / RUNS;
    // Four binomial deviations.
    expect(passed('floor95')).toBeGreaterThan(0.015);
    expect(passed('floor95')).toBeLessThan(0.086);
    expect(passed('floor99')).toBeLessThan(0.026);
  });

  it('expects what two sets of few images differ in, which come again and again', () => {
    const RUNS = 300;
    const [many, few] = [400, 60];
    const estimates = Array.from({ length: RUNS }, (_, run) => {
      const normal = normalStream(randomStream(run, 'sets'));
      const draws = [many, few].map((count) =>
        cycling(drawSample(count, 3, normal), 16, randomStream(run, count)),
      );
      const window = windowOf(16, 3, run);
      for (let step = 1; step <= 200; step++) {
        const [a, b] = draws.map((draw) => draw());
        if (step % 20 === 0) window.add(step, a!, b!);
      }
      return window.estimate([many, few]);
    });
    const [mean, se] = meanAndSe(estimates.map(({ mmd2, expected }) => mmd2 - expected));
    expect(Math.abs(mean)).toBeLessThan(4 * se);
    const expected = estimates.reduce((sum, estimate) => sum + estimate.expected, 0) / RUNS;
    expect(expected).toBeGreaterThan(4 * se);
    const passed = estimates.filter(({ mmd2, floor95 }) => mmd2 > floor95).length / RUNS;
    expect(passed).toBeLessThan(0.1);
  });

  it('forgets all but the latest batches', () => {
    const normal = normalStream(randomStream(4, 'slide'));
    const [long, short] = [windowOf(8, 2, 4, 5), windowOf(8, 2, 4, 5)];
    for (let step = 1; step <= 8; step++) {
      const batch = [drawSample(8, 2, normal), drawSample(8, 2, normal)] as const;
      long.add(step, ...batch);
      if (step > 3) short.add(step, ...batch);
    }
    expect(long.batches).toBe(5);
    expect(long.estimate([90, 90])).toEqual(short.estimate([90, 90]));
    expect(long.estimate([90, 90])).toMatchObject({ batches: 5, fromStep: 4, n: 40, m: 40 });
  });

  it('is 0 of equal constants, and NaN of NaN', () => {
    const estimateOf = (value: number) => {
      const window = windowOf(4, 1, 5);
      const constant = drawSample(4, 1, () => value);
      for (const step of [1, 2]) window.add(step, constant, constant);
      return window.estimate(FRESH);
    };
    const none = estimateOf(0.1);
    expect(none.mmd2).toBeCloseTo(0, 12);
    expect(none.floor95).toBeCloseTo(0, 12);
    expect(estimateOf(NaN).mmd2).toBeNaN();
  });
});
