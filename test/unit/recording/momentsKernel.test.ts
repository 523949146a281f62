import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MomentsKernel } from '../../../src/recording/momentsKernel.ts';
import { domainMoments, type DomainMoments, type ImageSums } from '../../../src/stats/moments.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { imageSums } from '../stats/batches.ts';

const IMAGES = 12;
const FIRST = 5;
const PART = 7;

/** Channels of all kinds: most vary, some have an outlier, a constant, a NaN or an overflow. */
function batch(channels: number, pixels: number): ImageSums {
  const random = randomStream(3, 'kernel', channels);
  return imageSums(
    { images: IMAGES, pixels, channels },
    Float32Array.from({ length: channels }, (_, channel) => channel / 8),
    (image, _pixel, channel) => {
      const value = random() + channel;
      if (channel % 7 === 2) return 3;
      if (channel % 7 === 4 && image === FIRST) return value + 100;
      if (channel % 11 === 5 && image === IMAGES - 1) return NaN;
      if (channel % 11 === 8) return value * 1e30;
      return value;
    },
  );
}

/** Arrays of whatever memory as plain ones. */
function plain(moments: DomainMoments): unknown {
  const entries = Object.entries(moments) as [string, number | Float64Array][];
  return entries.map(([name, value]) => [name, typeof value === 'number' ? value : [...value]]);
}

function expectSame(kernel: MomentsKernel, sums: ImageSums, first: number, images: number): void {
  const influences = kernel.allocate(2 * images * sums.channels);
  const memory = kernel.memory(images, sums.channels, influences);
  const expected = domainMoments(sums, first, images);
  // Twice, as memory serves every step.
  for (let step = 0; step < 2; step++) {
    const moments = domainMoments(sums, first, images, memory);
    expect(plain(moments)).toEqual(plain(expected));
  }
}

describe('the kernel for moments', () => {
  const kernel = new MomentsKernel(join(import.meta.dirname, '../../../dist/wasm/moments.wasm'));

  it.each([1, 2, 3, 16, 37])('gives the same bits as TypeScript for %i channels', (channels) => {
    for (const pixels of [1, 9]) {
      expectSame(kernel, batch(channels, pixels), 0, IMAGES);
      expectSame(kernel, batch(channels, pixels), FIRST, PART);
    }
  });

  it('gives the same for a single image, which has no errors', () => {
    expectSame(kernel, batch(5, 4), 3, 1);
  });

  it('keeps the arrays it gave out when its memory grows', () => {
    const early = kernel.allocate(3);
    early.fill(1);
    kernel.allocate(1 << 20);
    expect([...early]).toEqual([1, 1, 1]);
    expectSame(kernel, batch(3, 1), 0, IMAGES);
  });
});
