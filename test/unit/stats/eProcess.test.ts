import { describe, expect, it } from 'vitest';
import { pairDivergence, type PairDivergence } from '../../../src/stats/divergence.ts';
import { EProcess, logThreshold, type EProcessSnapshot } from '../../../src/stats/eProcess.ts';
import { domainMoments, type ImageSums } from '../../../src/stats/moments.ts';
import { permutation, randomStream } from '../../../src/stats/random.ts';
import reference from '../../fixtures/stats/reference.json';
import { median } from '../../../src/stats/median.ts';
import { cycledBatches, drawBatch, imageSums, normalStream, type Population } from './batches.ts';

const fresh = [Infinity, Infinity] as const;
/** α = 0.05 for all of 100 tests. */
const level = 5e-4;

function ofZ(
  z: readonly number[],
  sigmaPerSe: readonly number[],
  correlationSquares = z.length,
): PairDivergence {
  const channels = sigmaPerSe.length;
  return {
    gap: 0,
    gapSe: 0,
    gapFloor: 0,
    logVarianceRatio: 0,
    logVarianceRatioSe: 0,
    logVarianceRatioFloor: 0,
    gaps: new Float64Array(channels),
    meanZ: Float64Array.from(z.slice(0, channels)),
    logVarianceZ: Float64Array.from(z.slice(channels)),
    sigmaPerSe: Float64Array.from(sigmaPerSe),
    components: 2 * channels,
    correlationSquares: () => correlationSquares,
  };
}

const recorded = reference.eProcess.z.map((z, step) => {
  const { sigmaPerSe, correlationSquares } = reference.eProcess;
  return ofZ(z, sigmaPerSe[step]!, correlationSquares[step]);
});
const rules = reference.eProcess.rules.map(({ distinctImages, images, ...rule }) => ({
  ...rule,
  distinctImages: [distinctImages[0]!, distinctImages[1]!] as const,
  images: [images[0]!, images[1]!] as const,
}));

/** Watches a pair of domains and returns the step of the flag; Infinity if none within `steps`. */
function flagStep(
  process: EProcess,
  draw: () => readonly [ImageSums, ImageSums],
  steps: number,
  threshold = logThreshold(100, 0.05),
): number {
  for (let step = 1; step <= steps; step++) {
    const [a, b] = draw();
    const pair = pairDivergence(domainMoments(a), domainMoments(b));
    process.update(pair, [a.images, b.images]);
    if (process.logE >= threshold) return step;
  }
  return Infinity;
}

/** The median flag step of 64 channels, 32 new images of each domain a step. */
function medianFlagStep(
  purpose: string,
  tolerance: number,
  shifted: Population,
  steps: number,
): number {
  const normal = normalStream(randomStream(1, purpose));
  const flags = Array.from({ length: 21 }, () => {
    const process = new EProcess({ channels: 64, tolerance, distinctImages: fresh, level });
    return flagStep(
      process,
      () => [drawBatch(normal, 32, 64), drawBatch(normal, 32, 64, shifted)],
      steps,
    );
  });
  return median(flags);
}

describe('EProcess', () => {
  it.each(rules)(
    'follows the reference with tolerance $tolerance, $distinctImages images',
    ({ images, logE, channelLogE, ...rule }) => {
      const process = new EProcess({ channels: 4, ...rule });
      expect(process.logE).toBeCloseTo(Math.log(0.9), 12);
      recorded.forEach((pair, step) => {
        process.update(pair, images);
        expect(process.logE).toBeCloseTo(logE[step]!, 10);
      });
      process.channelLogE().forEach((own, channel) => {
        expect(own).toBeCloseTo(channelLogE[channel]!, 10);
      });
    },
  );

  it('never bets on a step in the direction of that step', () => {
    const process = new EProcess({ channels: 1, tolerance: 0, distinctImages: fresh, level });
    process.update(ofZ([50, 50], [4]), [32, 32]);
    expect(process.logE).toBeCloseTo(Math.log(0.9), 12);
    process.update(ofZ([-50, -50], [4]), [32, 32]);
    expect(process.logE).toBeCloseTo(Math.log(0.9 * 0.5), 10);
  });

  it('estimates correlations in the first 16 steps, then in one of 32', () => {
    const process = new EProcess({ channels: 4, tolerance: 0.1, distinctImages: fresh, level });
    const estimated: number[] = [];
    for (let step = 0; step < 100; step++) {
      const correlationSquares = (): number => {
        estimated.push(step);
        return 8;
      };
      process.update({ ...ofZ(new Array(8).fill(0), [1, 1, 1, 1]), correlationSquares }, [32, 32]);
    }
    expect(estimated).toEqual([...Array(16).keys(), 32, 64, 96]);
  });

  it('goes on from a snapshot bit for bit', () => {
    const options = { channels: 4, tolerance: 0.05, distinctImages: [900, 60] as const, level };
    const whole = new EProcess(options);
    const first = new EProcess(options);
    recorded.slice(0, 31).forEach((pair) => {
      whole.update(pair, [32, 32]);
      first.update(pair, [32, 32]);
    });
    const snapshot = JSON.parse(JSON.stringify(first.snapshot())) as EProcessSnapshot;
    const second = EProcess.restore(options, snapshot);
    expect(second.logE).toBe(whole.logE);
    recorded.slice(31).forEach((pair) => {
      expect(second.update(pair, [32, 32])).toEqual(whole.update(pair, [32, 32]));
    });
    expect(second.logE).toBe(whole.logE);
  });

  it('forgets all evidence when restarted, but not how the components correlate', () => {
    const options = { channels: 4, tolerance: 0.05, distinctImages: [900, 60] as const, level };
    const process = new EProcess(options);
    for (const pair of recorded) process.update(pair, [32, 32]);
    const { correlation, correlations, steps } = process.snapshot();
    process.restart();
    const anew = new EProcess(options).snapshot();
    expect(process.snapshot()).toEqual({ ...anew, correlation, correlations, steps });
  });

  it('refuses the snapshot of another site', () => {
    const options = { tolerance: 0, distinctImages: fresh, level };
    const snapshot = new EProcess({ ...options, channels: 3 }).snapshot();
    expect(() => EProcess.restore({ ...options, channels: 4 }, snapshot)).toThrow(RangeError);
  });

  it.each([NaN, Infinity])('passes over a step with a %d as if it had not been', (poison) => {
    const options = { channels: 4, tolerance: 0.1, distinctImages: fresh, level };
    const poisoned = new EProcess(options);
    const untouched = new EProcess(options);
    recorded.forEach((pair, step) => {
      if (step === 0 || step === 20) {
        const before = poisoned.logE;
        const broken = ofZ([0, poison, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1]);
        expect(poisoned.update(broken, [32, 32])).toBe(before);
      }
      expect(poisoned.update(pair, [32, 32])).toEqual(untouched.update(pair, [32, 32]));
    });
    expect(poisoned.snapshot()).toEqual(untouched.snapshot());
  });

  it('learns nothing from layers without variance or batches of one image', () => {
    const process = new EProcess({ channels: 2, tolerance: 0.1, distinctImages: fresh, level });
    const constant = drawBatch(() => 0, 8, 2);
    const single = drawBatch(normalStream(randomStream(1, 'single')), 1, 2);
    expect(flagStep(process, () => [constant, constant], 5, 0.01)).toBe(Infinity);
    expect(flagStep(process, () => [single, constant], 5, 0.01)).toBe(Infinity);
    expect(process.snapshot().steps).toBe(0);
  });

  it('flags at most α of drifting layers that see one population', () => {
    const normal = normalStream(randomStream(1, 'drifting null'));
    let flagged = 0;
    for (let layer = 0; layer < 100; layer++) {
      const process = new EProcess({ channels: 16, tolerance: 0, distinctImages: fresh, level });
      let step = 0;
      const draw = (): readonly [ImageSums, ImageSums] => {
        step++;
        const now = {
          mean: (channel: number) => Math.sin(step / 50 + channel),
          deviation: (channel: number) => Math.exp(Math.sin(step / 80 - channel)),
        };
        return [drawBatch(normal, 16, 16, now), drawBatch(normal, 16, 16, now)];
      };
      if (flagStep(process, draw, 250, logThreshold(1, 0.05)) < Infinity) flagged++;
    }
    expect(flagged).toBeLessThanOrEqual(5);
  });

  it.each([
    [50, 1000, 0],
    [25, 25, 0],
    [25, 25, 0.5],
    [25, 25, 0.9],
    [50, 50, 0.5],
    [50, 50, 0.9],
  ])(
    'does not flag %i against %i images of one population, channels correlated by %d',
    (fewer, more, correlation) => {
      for (let layer = 0; layer < 15; layer++) {
        const normal = normalStream(randomStream(layer, 'pools', fewer, more, correlation));
        const uniform = randomStream(layer, 'order');
        const batch = Math.min(fewer, 32);
        const cycle = (images: number): (() => ImageSums) =>
          cycledBatches(drawBatch(normal, images, 16, { correlation }), batch, (n) =>
            permutation(n, uniform),
          );
        const [a, b] = [cycle(fewer), cycle(more)];
        const process = new EProcess({
          channels: 16,
          tolerance: 0.1,
          distinctImages: [fewer, more],
          level: 0.05,
        });
        expect(flagStep(process, () => [a(), b()], 250, logThreshold(1, 0.05))).toBe(Infinity);
      }
    },
  );

  it('flags a gap of one deviation between 50 and 50 images, though channels are correlated', () => {
    const uniform = randomStream(1, 'order');
    const normal = normalStream(randomStream(1, 'few'));
    const cycle = (mean: number): (() => ImageSums) =>
      cycledBatches(drawBatch(normal, 50, 16, { mean: () => mean, correlation: 0.3 }), 32, (n) =>
        permutation(n, uniform),
      );
    const [a, b] = [cycle(0), cycle(1)];
    const process = new EProcess({ channels: 16, tolerance: 0.1, distinctImages: [50, 50], level });
    expect(flagStep(process, () => [a(), b()], 60)).toBeLessThanOrEqual(40);
  });

  it.each([
    { images: 3, pixels: 1 },
    { images: 8, pixels: 1 },
    { images: 32, pixels: 1 },
    { images: 8, pixels: 9 },
  ])(
    'offers no favourable bet on a difference of just the tolerance, $images images of $pixels pixels',
    ({ images, pixels }) => {
      const [channels, tolerance, steps] = [64, 0.2, 2000];
      const normal = normalStream(randomStream(images, 'just the tolerance', pixels));
      const process = new EProcess({ channels, tolerance, distinctImages: fresh, level });
      const draw = (mean: number): ImageSums => {
        const offsets = Float64Array.from({ length: images * channels }, normal);
        return imageSums({ images, pixels, channels }, new Float32Array(channels), (image, _, c) =>
          pixels === 1
            ? mean + offsets[image * channels + c]!
            : mean + Math.SQRT1_2 * (offsets[image * channels + c]! + normal()),
        );
      };
      let payoffs = 0;
      for (let step = 0; step < steps; step++) {
        const pair = pairDivergence(domainMoments(draw(tolerance)), domainMoments(draw(0)));
        // The score in the true direction: no bettor knows a better one.
        const score = pair.meanZ.reduce((sum, z) => sum + z) / Math.sqrt(channels);
        const tolerated = Math.sqrt(process.squaredTolerance(pair, [images, images]));
        payoffs += Math.tanh((score - tolerated) / 2);
      }
      // The average of 2,000 payoffs within ±1 errs by 0.02 at most, by 0.01 in fact.
      expect(payoffs / steps).toBeLessThan(0);
    },
  );

  it('flags no tolerated difference', () => {
    const shifted = { mean: () => 0.08 };
    expect(medianFlagStep('tolerated', 0.1, shifted, 150)).toBe(Infinity);
  });

  const quarter = (value: number, otherwise: number) => (channel: number) =>
    channel < 16 ? value : otherwise;
  it.each([
    ['a mean gap of 0.5 in a quarter', 20, 0, { mean: quarter(0.5, 0) }],
    ['a mean gap of 0.2 in a quarter', 26, 0, { mean: quarter(0.2, 0) }],
    ['a mean gap of 0.1 in a quarter', 53, 0, { mean: quarter(0.1, 0) }],
    ['1.5 times the variance in a quarter', 22, 0, { deviation: quarter(Math.sqrt(1.5), 1) }],
    ['an RMS gap of 0.25 beyond the tolerated 0.1', 25, 0.1, { mean: () => 0.25 }],
    ['an RMS gap of 0.20 beyond the tolerated 0.1', 35, 0.1, { mean: () => 0.2 }],
    ['an RMS gap of 0.15 beyond the tolerated 0.1', 70, 0.1, { mean: () => 0.15 }],
  ] as const)('flags %s of the channels by step %d', (name, step, tolerance, shifted) => {
    expect(medianFlagStep(name, tolerance, shifted, 90)).toBeLessThanOrEqual(step);
  });

  it('judges unequal batches by equally many images of each', () => {
    const normal = normalStream(randomStream(1, 'unequal'));
    const watch = (mean: number): number => {
      const process = new EProcess({ channels: 32, tolerance: 0, distinctImages: fresh, level });
      for (let step = 1; step <= 300; step++) {
        const many = domainMoments(drawBatch(normal, 64, 32), 0, 8);
        const few = domainMoments(drawBatch(normal, 8, 32, { mean: () => mean }));
        process.update(pairDivergence(many, few), [8, 8]);
        if (process.logE >= logThreshold(100, 0.05)) return step;
      }
      return Infinity;
    };
    expect(watch(0)).toBe(Infinity);
    expect(watch(0.3)).toBeLessThan(60);
  });
});

describe('logThreshold', () => {
  it('is the logarithm of the number of tests over alpha', () => {
    expect(logThreshold(100, 0.05)).toBeCloseTo(Math.log(2000), 12);
  });
});
