import type { ImageSums } from './moments.ts';

/**
 * Pools sums over different pixels of the same images, such as the time steps of a sequence, as if
 * all had been the pixels of one. All parts have the same images and channels, and equally many
 * pixels; the result is about the first part's shift.
 * @throws Error if there is no part.
 */
export function poolImageSums(parts: readonly ImageSums[]): ImageSums {
  const [first] = parts;
  if (first === undefined) throw new Error('there are no sums to pool');
  if (parts.length === 1) return first;
  const { images, channels, pixels, shift } = first;
  const totals = new Float64Array(2 * images * channels);
  for (const part of parts) {
    for (let i = 0; i < images * channels; i++) {
      // Σ(x − s) and Σ(x − s)² from the sums about another shift t, with d = t − s.
      const d = part.shift[i % channels]! - shift[i % channels]!;
      const sum = part.sums[2 * i]!;
      totals[2 * i]! += sum + pixels * d;
      totals[2 * i + 1]! += part.sums[2 * i + 1]! + 2 * d * sum + pixels * d * d;
    }
  }
  return {
    images,
    channels,
    pixels: pixels * parts.length,
    shift,
    sums: Float32Array.from(totals),
  };
}
