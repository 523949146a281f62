import type { ImageSums } from '../../../src/stats/moments.ts';

export { normalStream } from '../../../src/stats/normal.ts';

/** Sums up a batch given pixel by pixel, as a forward pass does. */
export function imageSums(
  { images, pixels, channels }: Pick<ImageSums, 'images' | 'pixels' | 'channels'>,
  shift: Float32Array,
  valueOf: (image: number, pixel: number, channel: number) => number,
): ImageSums {
  const sums = new Float32Array(images * channels * 2);
  for (let image = 0; image < images; image++) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      let square = 0;
      for (let pixel = 0; pixel < pixels; pixel++) {
        const offset = valueOf(image, pixel, channel) - shift[channel]!;
        sum += offset;
        square += offset * offset;
      }
      const at = 2 * (image * channels + channel);
      sums[at] = sum;
      sums[at + 1] = square;
    }
  }
  return { images, pixels, channels, shift, sums };
}

/** One population of images: Gaussian channels of one pixel, by default independent N(0, 1). */
export interface Population {
  readonly mean?: (channel: number) => number;
  readonly deviation?: (channel: number) => number;
  /** Between any two channels of an image, in [0, 1]. */
  readonly correlation?: number;
}

/** Draws `images` new images of a population. */
export function drawBatch(
  normal: () => number,
  images: number,
  channels: number,
  { mean = () => 0, deviation = () => 1, correlation = 0 }: Population = {},
): ImageSums {
  const common = Array.from({ length: images }, () =>
    correlation > 0 ? Math.sqrt(correlation) * normal() : 0,
  );
  const own = Math.sqrt(1 - correlation);
  return imageSums(
    { images, pixels: 1, channels },
    new Float32Array(channels),
    (image, _pixel, channel) =>
      mean(channel) + deviation(channel) * (common[image]! + own * normal()),
  );
}

/** Serves batches out of a fixed set of images, reshuffled each time it is used up. */
export function cycledBatches(
  pool: ImageSums,
  images: number,
  permute: (n: number) => Int32Array,
): () => ImageSums {
  const row = 2 * pool.channels;
  let order: number[] = [];
  return () => {
    while (order.length < images) order.push(...permute(pool.images));
    const sums = new Float32Array(images * row);
    order.slice(0, images).forEach((image, position) => {
      sums.set(pool.sums.subarray(image * row, (image + 1) * row), position * row);
    });
    order = order.slice(images);
    return { ...pool, images, sums };
  };
}
