import { describe, expect, it } from 'vitest';
import {
  domainMoments,
  withErrorCovariance,
  type CovariedMoments,
} from '../../../src/stats/moments.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { imageMoments, StreamingMoments } from '../../../src/stats/streamingMoments.ts';
import reference from '../../fixtures/stats/divergences.json';
import { drawBatch, normalStream } from './batches.ts';

const FIELDS = ['mean', 'variance', 'meanSe', 'logVarianceSe', 'errorCovariance'] as const;

/** Collects images given as [pixels · channels] numbers each. */
function streamed(images: readonly (readonly number[])[], channels: number): StreamingMoments {
  const moments = new StreamingMoments(channels);
  for (const image of images) moments.add(imageMoments(image, channels));
  return moments;
}

function expectClose(
  actual: CovariedMoments,
  expected: Readonly<Record<(typeof FIELDS)[number], ArrayLike<number>>>,
  relative: number,
): void {
  for (const field of FIELDS) {
    Array.from(expected[field], (value, channel) => {
      const error = Math.abs(actual[field][channel]! - value);
      expect(error, `${field} of channel ${channel}`).toBeLessThanOrEqual(
        relative * Math.abs(value),
      );
    });
  }
}

describe('StreamingMoments', () => {
  const batches = {
    a: reference.batches.a.map((image) => image.flat()),
    b: reference.batches.b.map((image) => image.flat()),
  };

  it.each(['a', 'b'] as const)('agrees with NumPy on batch %s, at an offset of 1e6 too', (name) => {
    expectClose(streamed(batches[name], 3).moments(), reference.moments[name], 1e-6);
  });

  it('has the closed forms of one pixel an image', () => {
    const { mean, variance, meanSe } = streamed([[1], [2], [3], [6]], 1).moments();
    expect([mean[0], variance[0], meanSe[0]]).toEqual([3, 3.5, Math.sqrt(14 / 3 / 4)]);
  });

  it('says of two merged parts what it says of the whole', () => {
    const whole = streamed([...batches.a, ...batches.b], 3);
    const merged = streamed(batches.a, 3);
    merged.merge(streamed(batches.b, 3));
    merged.merge(new StreamingMoments(3));
    const empty = new StreamingMoments(3);
    empty.merge(whole);
    expect(merged.images).toBe(whole.images);
    expectClose(merged.moments(), whole.moments(), 1e-9);
    expectClose(empty.moments(), whole.moments(), 0);
  });

  it('does not change what is merged into another', () => {
    const part = streamed(batches.b, 3);
    const before = part.moments();
    streamed(batches.a, 3).merge(part);
    expect(part.moments()).toEqual(before);
  });

  it('keeps tiny noise on a large offset through a long stream', () => {
    const normal = normalStream(randomStream(3, 'offset'));
    // Multiples of 2⁻³⁰ are exact at 2²⁰: the same numbers with and without the offset.
    const noise = Array.from({ length: 20_000 }, () => Math.round(normal() * 2 ** 10) / 2 ** 30);
    const offset = streamed(
      noise.map((value) => [2 ** 20 + value]),
      1,
    );
    const plain = streamed(
      noise.map((value) => [value]),
      1,
    );
    const { mean, ...others } = plain.moments();
    expect(offset.moments().mean[0]! - 2 ** 20).toBeCloseTo(mean[0]!, 8);
    for (const field of ['variance', 'meanSe', 'logVarianceSe'] as const) {
      expect(offset.moments()[field][0]! / others[field][0]!).toBeCloseTo(1, 4);
    }
  });

  it('agrees with moments that keep the images where these are many', () => {
    const sums = drawBatch(normalStream(randomStream(4, 'many')), 2_000, 3);
    const kept = withErrorCovariance(domainMoments(sums));
    const images = Array.from({ length: 2_000 }, (_, image) =>
      Array.from({ length: 3 }, (_, channel) => sums.sums[2 * (3 * image + channel)]!),
    );
    const { variance, logVarianceSe, errorCovariance } = streamed(images, 3).moments();
    for (let channel = 0; channel < 3; channel++) {
      expect(variance[channel]! / kept.variance[channel]!).toBeCloseTo(1, 5);
      expect(logVarianceSe[channel]! / kept.logVarianceSe[channel]!).toBeCloseTo(1, 2);
      const [here, there] = [errorCovariance[channel]!, kept.errorCovariance[channel]!];
      const size = kept.meanSe[channel]! * kept.logVarianceSe[channel]!;
      expect((here - there) / size).toBeCloseTo(0, 2);
    }
  });

  it('finds no variance at all in a constant', () => {
    const constant = streamed(
      Array.from({ length: 9 }, () => [0.1, 0.1, 0.1]),
      1,
    );
    expect(constant.moments()).toMatchObject({
      mean: Float64Array.of(0.1),
      variance: Float64Array.of(0),
      meanSe: Float64Array.of(0),
      logVarianceSe: Float64Array.of(NaN),
    });
  });

  it('lets a NaN spoil its channel only, and has no errors of one image', () => {
    const { mean, variance } = streamed(
      [
        [1, NaN],
        [3, 1],
      ],
      2,
    ).moments();
    expect([...mean, ...variance]).toEqual([2, NaN, 1, NaN]);
    const single = streamed([[1, 3]], 1).moments();
    expect(single.variance[0]).toBe(1);
    expect(single.meanSe[0]).toBeNaN();
    expect(single.logVarianceSe[0]).toBeNaN();
  });

  it('refuses other channels', () => {
    expect(() => {
      new StreamingMoments(2).merge(new StreamingMoments(3));
    }).toThrow(RangeError);
  });
});
