import { describe, expect, it } from 'vitest';
import type { ImageSums } from '../../../src/stats/moments.ts';
import { FastRandom } from '../../statistics/fastRandom.ts';
import { gaussian } from '../../statistics/populations.ts';
import { cycledImages, freshImages, swapped } from '../../statistics/source.ts';

/** A pool of which every image knows its number. */
function numbered(images: number, channels: number): ImageSums {
  const sums = Float32Array.from({ length: 2 * images * channels }, (_, i) =>
    Math.floor(i / (2 * channels)),
  );
  return { images, pixels: 9, channels, shift: new Float32Array(channels), sums };
}

const imagesOf = ({ sums, channels }: ImageSums): number[] =>
  Array.from(sums).filter((_, i) => i % (2 * channels) === 0);

describe('cycledImages', () => {
  const sets = [
    Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    Int32Array.of(10, 11, 12, 13),
  ] as const;

  it('shows every image of a set in each pass, and none twice in a batch', () => {
    const source = cycledImages(new FastRandom(1, 'cycled'), [numbered(14, 2)], sets, 4);
    expect(source.distinctImages).toEqual([10, 4]);
    for (let pass = 0; pass < 3; pass++) {
      const seen: number[] = [];
      for (let step = 1; step <= 3; step++) {
        source.advance(3 * pass + step);
        const [first, second] = source.layers[0]!.map(imagesOf) as [number[], number[]];
        expect(new Set(first).size).toBe(4);
        expect(second.toSorted((x, y) => x - y)).toEqual([10, 11, 12, 13]);
        seen.push(...first);
      }
      expect(new Set(seen)).toEqual(new Set(sets[0]));
    }
  });

  it('shows all layers the same images, as few of each domain as the smaller has', () => {
    const pools = [numbered(14, 1), numbered(14, 3)];
    const source = cycledImages(new FastRandom(1, 'layers'), pools, sets, 32);
    source.advance(1);
    const [one, other] = source.layers.map((domains) => domains.map(imagesOf));
    expect(one).toEqual(other);
    expect(one?.map((images) => images.length)).toEqual([4, 4]);
  });
});

describe('swapped', () => {
  it('exchanges the domains of the same batches', () => {
    const populations = [gaussian(), gaussian()] as const;
    const source = freshImages(new FastRandom(1, 'swapped'), [3], 5, populations);
    const other = swapped(source);
    other.advance(1);
    expect(other.layers[0]).toEqual(source.layers[0]?.toReversed());
    expect(source.layers[0]?.[0].sums).not.toEqual(source.layers[0]?.[1].sums);
  });
});
