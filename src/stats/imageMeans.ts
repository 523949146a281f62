import type { ImageSums } from './moments.ts';

/** Returns each image's mean over its pixels, [images, channels]: activations pooled over space. */
export function imageMeans({ images, pixels, channels, shift, sums }: ImageSums): Float32Array {
  const means = new Float32Array(images * channels);
  for (let i = 0; i < means.length; i++) means[i] = shift[i % channels]! + sums[2 * i]! / pixels;
  return means;
}
