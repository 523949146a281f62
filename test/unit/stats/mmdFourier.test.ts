import { describe, expect, it } from 'vitest';
import { FourierFeatures } from '../../../src/stats/mmdFourier.ts';
import { gaussianKernel, halvedBandwidths } from '../../../src/stats/mmdKernels.ts';
import { normalStream } from '../../../src/stats/normal.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { drawSample, meanAndSe, sampleOf } from './samples.ts';

const BANDWIDTH = 3;

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

describe('random Fourier features', () => {
  it.each([1, 2, 5])('give the sum of %i kernels as inner product, on average', (kernels) => {
    const distance = Math.hypot(0.5, -1, 2);
    const expected = halvedBandwidths(BANDWIDTH, kernels).reduce(
      (sum, bandwidth) => sum + gaussianKernel(distance ** 2, bandwidth),
      0,
    );
    // Four points in four parts of one each.
    const points = sampleOf([
      [1, 0, 0],
      [1.5, -1, 2],
      [9, 9, 9],
      [9, 9, 9],
    ]);
    const products = Array.from({ length: 2_000 }, (_, draw) => {
      const random = randomStream(draw, 'features');
      const [x, y] = new FourierFeatures(BANDWIDTH, kernels, 3, 2, random).partMeans(points);
      expect(dot(x!, x!)).toBeCloseTo(kernels, 10);
      return dot(x!, y!);
    });
    const [mean, se] = meanAndSe(products);
    expect(Math.abs(mean - expected)).toBeLessThan(4 * se);
    expect(4 * se).toBeLessThan(0.1 * expected);
  });

  it('are averaged over every fourth point', () => {
    const features = new FourierFeatures(BANDWIDTH, 5, 2, 3, randomStream(1));
    const sample = drawSample(6, 2, normalStream(randomStream(2)));
    const point = (index: number) => {
      const values = sample.values.slice(2 * index, 2 * index + 2);
      const four = Float32Array.of(...values, ...values, ...values, ...values);
      return features.partMeans({ values: four, count: 4, dimensions: 2 })[0]!;
    };
    const [first, second, third] = features.partMeans(sample);
    const half = (a: number, b: number) => point(a).map((value, i) => (value + point(b)[i]!) / 2);
    const means = [half(0, 4), half(1, 5), point(2)];
    [first, second, third].forEach((part, index) => {
      const errors = part!.map((value, i) => Math.abs(value - means[index]![i]!));
      expect(Math.max(...errors)).toBeLessThan(1e-12);
    });
  });

  it('refuse other dimensions, and points that are too few to be parted', () => {
    const features = new FourierFeatures(BANDWIDTH, 5, 2, 4, randomStream(5));
    const constant = (count: number, dimensions: number) => drawSample(count, dimensions, () => 1);
    expect(() => features.partMeans(constant(4, 3))).toThrow('cannot add 3 dimensions to 2');
    expect(() => features.partMeans(constant(3, 2))).toThrow('cannot part 3 points');
  });
});
