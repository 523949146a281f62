import { describe, expect, it } from 'vitest';
import { Clearance } from '../../../src/stats/clearance.ts';
import { permutation, randomStream } from '../../../src/stats/random.ts';
import { normalStream } from './batches.ts';

const all = (channels: number): number[] => [...Array(channels).keys()];

/** Tells whether the evidence against a difference reaches 20 within so many steps. */
function clears(
  channels: number,
  steps: number,
  z: (step: number) => { readonly meanZ: Float64Array; readonly logVarianceZ: Float64Array },
  terms: { readonly squaredTolerance: number; readonly samplingFraction: number },
): boolean {
  const clearance = new Clearance(all(channels));
  for (let step = 1; step <= steps; step++) {
    clearance.update(z(step), { ...terms, correlationSquares: 2 * channels });
    if (clearance.logE >= Math.log(20)) return true;
  }
  return false;
}

describe('Clearance', () => {
  // σ/SE = 4, as of 32 values, or 30, as of 32 images of many pixels; ε = 0.1.
  it.each([
    { channels: 1, ratio: 4, steps: 1000 },
    { channels: 8, ratio: 4, steps: 1000 },
    { channels: 64, ratio: 4, steps: 250 },
    { channels: 8, ratio: 30, steps: 1000 },
  ])(
    'clears in error at most one in twenty differences of just the tolerance in $channels channels, σ/SE $ratio',
    ({ channels, ratio, steps }) => {
      const squaredTolerance = channels * (0.1 * ratio) ** 2;
      const errors = all(200).filter((run) => {
        const normal = normalStream(randomStream(run, 'clearance', channels, ratio));
        const z = () => ({
          meanZ: Float64Array.from({ length: channels }, () => 0.1 * ratio + normal()),
          logVarianceZ: Float64Array.from({ length: channels }, normal),
        });
        return clears(channels, steps, z, { squaredTolerance, samplingFraction: 0 });
      });
      expect(errors.length).toBeLessThanOrEqual(10);
    },
  );

  it('allows for images that come again only after all others have', () => {
    // 40 images in steps of 20, against a large population: both steps of a pass vary oppositely.
    const [channels, images, batch] = [16, 40, 20];
    const errors = all(100).filter((run) => {
      const normal = normalStream(randomStream(run, 'pool'));
      const uniform = randomStream(run, 'order');
      const gap = 0.4;
      const pool = all(channels).map(() => {
        const values = all(images).map(normal);
        const mean = values.reduce((a, b) => a + b) / images;
        return values.map((value) => value - mean + gap);
      });
      let order = permutation(images, uniform);
      // Of the batch, with an error of √(1/20 + 1/20).
      const se = Math.sqrt(2 / batch);
      const z = (step: number) => {
        if (step % 2 === 1) order = permutation(images, uniform);
        const shown = order.subarray(step % 2 === 1 ? 0 : batch, step % 2 === 1 ? batch : images);
        const meanZ = Float64Array.from(pool, (values) => {
          const own = shown.reduce((sum, image) => sum + values[image]!, 0) / batch;
          return (own - normal() / Math.sqrt(batch)) / se;
        });
        return { meanZ, logVarianceZ: new Float64Array(channels) };
      };
      const samplingFraction = (1 / images + 0) / (2 / batch);
      return clears(channels, 1000, z, {
        squaredTolerance: channels * (gap / se) ** 2,
        samplingFraction,
      });
    });
    expect(errors.length).toBeLessThanOrEqual(5);
  });

  it('clears what has gone', () => {
    const normal = normalStream(randomStream(1, 'gone'));
    const z = () => ({
      meanZ: Float64Array.from({ length: 64 }, normal),
      logVarianceZ: Float64Array.from({ length: 64 }, normal),
    });
    expect(clears(64, 200, z, { squaredTolerance: 64 * 0.16, samplingFraction: 0 })).toBe(true);
  });

  it('passes over a step with a NaN', () => {
    const clearance = new Clearance([0]);
    const terms = { squaredTolerance: 1, correlationSquares: 2, samplingFraction: 0 };
    const step = (z: number) => ({ meanZ: Float64Array.of(z), logVarianceZ: Float64Array.of(0) });
    clearance.update(step(1), terms);
    const before = clearance.snapshot();
    clearance.update(step(NaN), terms);
    expect(clearance.snapshot()).toEqual(before);
  });
});
