import { describe, expect, it } from 'vitest';
import { domainMoments, MomentsMemory, type ImageSums } from '../../../src/stats/moments.ts';
import reference from '../../fixtures/stats/reference.json';
import { imageSums } from './batches.ts';

type Batch = readonly (readonly (readonly number[])[])[];

function sumsOf(batch: Batch, shift: readonly number[]): ImageSums {
  const shape = { images: batch.length, pixels: batch[0]!.length, channels: batch[0]![0]!.length };
  return imageSums(shape, Float32Array.from(shift), (image, pixel, channel) => {
    return batch[image]![pixel]![channel]!;
  });
}

function expectClose(actual: Float64Array, expected: readonly number[], relative = 1e-5): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, index) => {
    expect(Math.abs(actual[index]! - value)).toBeLessThanOrEqual(relative * Math.abs(value) + 1e-6);
  });
}

describe('domainMoments', () => {
  it.each(['a', 'b'] as const)('agrees with NumPy on batch %s', (name) => {
    const moments = domainMoments(sumsOf(reference.batches[name], [0, 4, -95]));
    const expected = reference.moments[name];
    expectClose(moments.mean, expected.mean);
    expectClose(moments.variance, expected.variance);
    expectClose(moments.meanSe, expected.meanSe);
    expectClose(moments.logVarianceSe, expected.logVarianceSe);
  });

  it('gives the same whatever the shift', () => {
    const here = domainMoments(sumsOf(reference.batches.a, [0, 4, -95]));
    const there = domainMoments(sumsOf(reference.batches.a, [1, 3, -50]));
    expectClose(there.mean, Array.from(here.mean));
    expectClose(there.variance, Array.from(here.variance));
    expectClose(there.logVarianceSe, Array.from(here.logVarianceSe), 1e-4);
  });

  it('can take a part of the images', () => {
    const { a } = reference.batches;
    const part = domainMoments(sumsOf(a, [0, 4, -95]), 2, 3);
    const alone = domainMoments(sumsOf(a.slice(2, 5), [0, 4, -95]));
    expect(part).toEqual(alone);
  });

  it('gives the same in memory that has served another batch', () => {
    const { a } = reference.batches;
    const memory = new MomentsMemory(3, 3);
    domainMoments(sumsOf([[[1, 1, NaN]], [[2, 1, 0]], [[4, 1, 0]]], [0, 0, 0]), 0, 3, memory);
    const again = domainMoments(sumsOf(a, [0, 4, -95]), 2, 3, memory);
    expect(again).toEqual(domainMoments(sumsOf(a, [0, 4, -95]), 2, 3));
  });

  it('keeps the variance beside a large offset', () => {
    const values = [-1, 1, -2, 2];
    const batch = values.map((value) => [[1e6 + value]]);
    expect(domainMoments(sumsOf(batch, [1e6])).variance[0]).toBe(2.5);
  });

  it('sees no variance in a constant channel, however the sums were rounded', () => {
    const batch = Array.from({ length: 16 }, () => Array.from({ length: 49 }, () => [3.7]));
    const moments = domainMoments(sumsOf(batch, [0]));
    expect(moments.variance[0]).toBe(0);
    expect(moments.mean[0]).toBeCloseTo(3.7, 5);
    expect(moments.logVarianceSe[0]).toBeNaN();
  });

  it('keeps a finite error where a single image excites a channel', () => {
    const batch = Array.from({ length: 8 }, (_, image) => [[image === 3 ? 1 : 0]]);
    const { logVarianceSe } = domainMoments(sumsOf(batch, [0]));
    expect(logVarianceSe[0]).toBeGreaterThan(1);
    expect(logVarianceSe[0]).toBeLessThan(10);
  });

  it('confines a NaN, an infinity and an overflow to their channels', () => {
    const batch = Array.from({ length: 4 }, (_, image) => [
      [image === 2 ? NaN : image, image === 1 ? Infinity : image, 1e30 * image, image],
    ]);
    const { mean, variance } = domainMoments(sumsOf(batch, [0, 0, 0, 0]));
    expect(Array.from(variance)).toEqual([NaN, NaN, NaN, 1.25]);
    expect(mean[0]).toBeNaN();
    expect(mean[1]).toBe(Infinity);
    expect(mean[3]).toBe(1.5);
  });

  it('has no standard errors for a single image', () => {
    const { mean, meanSe, logVarianceSe } = domainMoments(sumsOf([[[1], [3]]], [0]));
    expect(mean[0]).toBe(2);
    expect(meanSe[0]).toBeNaN();
    expect(logVarianceSe[0]).toBeNaN();
  });
});
