/** Sums over the pixels of each image of a batch, as the forward pass leaves them. */
export interface ImageSums {
  readonly images: number;
  /** Pixels of each image. */
  readonly pixels: number;
  readonly channels: number;
  /** A value per channel near its mean, [channels]: keeps the squares from cancelling. */
  readonly shift: Float32Array;
  /** Σ(x − shift) and Σ(x − shift)² over an image's pixels, [images, channels, 2]. */
  readonly sums: Float32Array;
}

/**
 * What one domain's images say of each channel. Arrays are [channels] unless they say otherwise.
 *
 * The influence of an image on an estimate is (images − 1) times what the estimate loses without
 * that image, and the estimate's standard error is √(Σ influence² / (images · (images − 1))), as
 * is that of any smooth function of the moments when influences are added up by the chain rule
 * (the jackknife; Efron & Stein 1981). Only images are independent, the pixels of one image are
 * not, hence one influence per image.
 */
export interface DomainMoments {
  readonly images: number;
  /** Pixels of each image. */
  readonly pixels: number;
  readonly channels: number;
  readonly mean: Float64Array;
  /** Biased variance over all pixels of all images; 0 where float32 sums cannot tell it from 0. */
  readonly variance: Float64Array;
  /** Standard error of `mean`; NaN for fewer than two images. */
  readonly meanSe: Float64Array;
  /** Standard error of ln `variance`; NaN for fewer than two images or where `variance` is 0. */
  readonly logVarianceSe: Float64Array;
  /** Influence of each image on `mean`, [images, channels]. */
  readonly meanInfluence: Float64Array;
  /** Influence of each image on ln `variance`, [images, channels]; NaN where `variance` is 0. */
  readonly logVarianceInfluence: Float64Array;
}

/** Below this part of the mean square about the shift, a variance is float32 rounding. */
const RESOLUTION = 1e-6;

/**
 * Computes a domain's moments and their standard errors from the images
 * `firstImage` … `firstImage + images − 1` of a batch, by default all of them.
 *
 * A channel that holds a NaN or an infinity, or overflows float32, gets a NaN variance and a NaN or
 * infinite mean; other channels are untouched.
 */
export function domainMoments(
  sums: ImageSums,
  firstImage = 0,
  images = sums.images - firstImage,
): DomainMoments {
  const { pixels, channels } = sums;
  const moments: DomainMoments = {
    images,
    pixels,
    channels,
    mean: new Float64Array(channels),
    variance: new Float64Array(channels),
    meanSe: new Float64Array(channels),
    logVarianceSe: new Float64Array(channels),
    meanInfluence: new Float64Array(images * channels),
    logVarianceInfluence: new Float64Array(images * channels),
  };
  for (let channel = 0; channel < channels; channel++) {
    channelMoments(sums, firstImage, channel, moments);
  }
  return moments;
}

/** Returns mean square − offset², 0 where that is rounding and NaN where the sums overflowed. */
function resolvedVariance(square: number, offset: number): number {
  if (!Number.isFinite(square)) return NaN;
  const variance = square - offset * offset;
  return variance <= RESOLUTION * square ? 0 : variance;
}

function channelMoments(
  { channels, pixels, shift, sums }: ImageSums,
  firstImage: number,
  channel: number,
  moments: DomainMoments,
): void {
  const { images, meanInfluence, logVarianceInfluence } = moments;
  const start = 2 * (firstImage * channels + channel);
  let offset = 0;
  let square = 0;
  for (let image = 0; image < images; image++) {
    offset += sums[start + 2 * image * channels]!;
    square += sums[start + 2 * image * channels + 1]!;
  }
  offset /= images * pixels;
  square /= images * pixels;
  const variance = resolvedVariance(square, offset);

  let meanSquares = 0;
  let logVarianceSquares = 0;
  for (let image = 0; image < images; image++) {
    const onMean = sums[start + 2 * image * channels]! / pixels - offset;
    const excess = sums[start + 2 * image * channels + 1]! / pixels - square;
    const onLogVariance = deletionInfluence(variance, onMean, excess - 2 * offset * onMean, images);
    meanInfluence[image * channels + channel] = onMean;
    logVarianceInfluence[image * channels + channel] = onLogVariance;
    meanSquares += onMean * onMean;
    logVarianceSquares += onLogVariance * onLogVariance;
  }
  const divisor = images * (images - 1);
  moments.mean[channel] = shift[channel]! + offset;
  moments.variance[channel] = variance;
  moments.meanSe[channel] = Math.sqrt(meanSquares / divisor);
  moments.logVarianceSe[channel] = Math.sqrt(logVarianceSquares / divisor);
}

/**
 * Returns (n − 1)·ln(variance / variance without one image).
 *
 * To first order this is the plain influence function, `excess` / variance; but that one makes
 * standard errors too small in small batches (E z² = 1.22 instead of 1.03 for 32 Gaussian values).
 *
 * @param offset the image's mean minus the batch mean
 * @param excess the image's mean square about the batch mean, minus the variance
 */
function deletionInfluence(variance: number, offset: number, excess: number, n: number): number {
  if (variance === 0) return NaN;
  const without = variance - excess / (n - 1) - (offset / (n - 1)) ** 2;
  // Keeps a finite standard error for a channel that a single image excites.
  return (n - 1) * Math.log(variance / Math.max(without, variance / n));
}
