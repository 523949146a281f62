import { describe, expect, it } from 'vitest';
import { unbiasedMmd } from '../../../src/stats/mmd.ts';
import { FourierFeatures, MeanEmbedding } from '../../../src/stats/mmdFourier.ts';
import { PooledKernels } from '../../../src/stats/mmdKernels.ts';
import { normalStream } from '../../../src/stats/normal.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { drawSample } from './samples.ts';

const RULE = { bandwidthRule: 'five-kernels', bandwidths: [0.5, 1, 2] } as const;

function meanAndSe(values: readonly number[]): [mean: number, se: number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return [mean, Math.sqrt(square / (values.length * (values.length - 1)))];
}

describe('MMD² of mean embeddings', () => {
  it('is the exact one on average over the frequencies', () => {
    const normal = normalStream(randomStream(1, 'fourier'));
    const [a, b] = [drawSample(12, 3, normal), drawSample(9, 3, () => 0.6 + normal())];
    const exact = unbiasedMmd(new PooledKernels(a, b, 'five-kernels'));
    const [mean, se] = meanAndSe(
      Array.from({ length: 400 }, (_, draw) => {
        const features = new FourierFeatures(exact, 3, 8, randomStream(draw, 'frequencies'));
        const [ofA, ofB] = [new MeanEmbedding(features), new MeanEmbedding(features)];
        ofA.add(a);
        ofB.add(b);
        return ofA.mmdTo(ofB).mmd2;
      }),
    );
    expect(Math.abs(mean - exact.mmd2)).toBeLessThan(4 * se);
    expect(4 * se).toBeLessThan(0.2 * exact.mmd2);
  });

  it('comes over many steps to the closed form for Gaussian domains', () => {
    const features = new FourierFeatures(RULE, 2, 500, randomStream(2, 'frequencies'));
    const [a, b] = [new MeanEmbedding(features), new MeanEmbedding(features)];
    const normal = normalStream(randomStream(2, 'steps'));
    for (let step = 0; step < 100; step++) {
      a.add(drawSample(32, 2, normal));
      b.add(drawSample(32, 2, () => 1 + normal()));
    }
    // E k(x, y) of N(μ, I) and N(ν, I) is (σ²/(σ² + 2))^(d/2) · exp(−|μ − ν|²/(2(σ² + 2))).
    const expected = RULE.bandwidths.reduce((sum, bandwidth) => {
      const [square, wide] = [bandwidth ** 2, bandwidth ** 2 + 2];
      return sum + 2 * (square / wide) * (1 - Math.exp(-2 / (2 * wide)));
    }, 0);
    const estimate = a.mmdTo(b);
    expect(estimate).toMatchObject({ estimator: 'fourier', frequencies: 500, n: 3_200, m: 3_200 });
    expect(estimate).toMatchObject(RULE);
    expect(Math.abs(estimate.mmd2 / expected - 1)).toBeLessThan(0.15);
  });

  it('is zero on average over independent steps when nothing differs', () => {
    const features = new FourierFeatures(RULE, 2, 50, randomStream(3, 'frequencies'));
    const normal = normalStream(randomStream(3, 'null'));
    const [mean, se] = meanAndSe(
      Array.from({ length: 300 }, () => {
        const [a, b] = [new MeanEmbedding(features), new MeanEmbedding(features)];
        for (let step = 0; step < 2; step++) {
          a.add(drawSample(4, 2, normal));
          b.add(drawSample(3, 2, normal));
        }
        return a.mmdTo(b).mmd2;
      }),
    );
    expect(Math.abs(mean)).toBeLessThan(3 * se);
  });

  it('is NaN when a point is', () => {
    const features = new FourierFeatures(RULE, 1, 4, randomStream(4));
    const [a, b] = [new MeanEmbedding(features), new MeanEmbedding(features)];
    a.add(drawSample(2, 1, () => NaN));
    b.add(drawSample(2, 1, () => 1));
    expect(a.mmdTo(b).mmd2).toBeNaN();
  });

  it('refuses other dimensions, other features and single points', () => {
    const features = new FourierFeatures(RULE, 2, 4, randomStream(5));
    const [a, b] = [new MeanEmbedding(features), new MeanEmbedding(features)];
    expect(() => {
      a.add(drawSample(2, 3, () => 1));
    }).toThrow('cannot add 3 dimensions to 2');
    a.add(drawSample(2, 2, () => 1));
    b.add(drawSample(1, 2, () => 1));
    expect(() => a.mmdTo(b)).toThrow('cannot compare 2 points with 1');
    const others = new MeanEmbedding(new FourierFeatures(RULE, 2, 4, randomStream(5)));
    expect(() => a.mmdTo(others)).toThrow('cannot compare other features');
  });
});
