import { expect, test } from 'vitest';
import type { ImageSums } from '../../../src/stats/moments.ts';
import { poolImageSums } from '../../../src/stats/poolImageSums.ts';

/** Sums of one channel's pixels, [images][pixels], about a shift. */
function sumsOf(images: number[][], shift: number): ImageSums {
  const sums = images.flatMap((pixels) => [
    pixels.reduce((sum, x) => sum + (x - shift), 0),
    pixels.reduce((sum, x) => sum + (x - shift) ** 2, 0),
  ]);
  return {
    images: images.length,
    pixels: images[0]!.length,
    channels: 1,
    shift: Float32Array.of(shift),
    sums: Float32Array.from(sums),
  };
}

test('pooling is what summing all pixels of an image at once is', () => {
  const parts = [
    sumsOf(
      [
        [1, 2],
        [5, 7],
      ],
      1,
    ),
    sumsOf(
      [
        [3, 8],
        [-4, 0],
      ],
      3,
    ),
    sumsOf(
      [
        [0, 1],
        [2, 2],
      ],
      -2,
    ),
  ];
  expect(poolImageSums(parts)).toEqual(
    sumsOf(
      [
        [1, 2, 3, 8, 0, 1],
        [5, 7, -4, 0, 2, 2],
      ],
      1,
    ),
  );
});

test('one part is its own pool, and none is an error', () => {
  const part = sumsOf([[1, 2]], 0);
  expect(poolImageSums([part])).toBe(part);
  expect(() => poolImageSums([])).toThrow();
});
