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
 *
 * @param memory - where the influences are put, 2 · images · channels elements or more: whoever
 *   computes moments in every step spares the garbage collector by far the largest arrays
 */
export function domainMoments(
  sums: ImageSums,
  firstImage = 0,
  images = sums.images - firstImage,
  memory: Float64Array = new Float64Array(2 * images * sums.channels),
): DomainMoments {
  const { pixels, channels, shift } = sums;
  const own = sums.sums.subarray(2 * firstImage * channels, 2 * (firstImage + images) * channels);
  const { offset, square } = averages(own, channels, images * pixels);
  const variance = square.map((value, channel) => resolvedVariance(value, offset[channel]!));
  return {
    images,
    pixels,
    channels,
    mean: offset.map((value, channel) => shift[channel]! + value),
    variance,
    ...influences(own, memory, { images, pixels, channels, offset, square, variance }),
  };
}

interface Averages {
  /** Of x − shift and of its square over all pixels, [channels]. */
  readonly offset: Float64Array;
  readonly square: Float64Array;
}

// The loops walk memory in its order and divide as little as can be: they run in every step.

function averages(sums: Float32Array, channels: number, pixels: number): Averages {
  const offset = new Float64Array(channels);
  const square = new Float64Array(channels);
  for (let at = 0; at < sums.length;) {
    for (let channel = 0; channel < channels; channel++, at += 2) {
      offset[channel]! += sums[at]!;
      square[channel]! += sums[at + 1]!;
    }
  }
  for (let channel = 0; channel < channels; channel++) {
    offset[channel]! /= pixels;
    square[channel]! /= pixels;
  }
  return { offset, square };
}

/** Returns mean square − offset², 0 where that is rounding and NaN where the sums overflowed. */
function resolvedVariance(square: number, offset: number): number {
  if (!Number.isFinite(square)) return NaN;
  const variance = square - offset * offset;
  return variance <= RESOLUTION * square ? 0 : variance;
}

/**
 * Computes each image's influence on the mean and on ln variance, and the standard errors.
 *
 * That on ln variance is (n − 1)·ln(variance / variance without the image). To first order this is
 * the plain influence function, (the image's excess of mean square) / variance; but that one makes
 * standard errors too small in small batches (E z² = 1.22 instead of 1.03 for 32 Gaussian values).
 */
function influences(
  sums: Float32Array,
  memory: Float64Array,
  moments: Averages & Pick<DomainMoments, 'images' | 'pixels' | 'channels' | 'variance'>,
): Pick<DomainMoments, 'meanInfluence' | 'logVarianceInfluence' | 'meanSe' | 'logVarianceSe'> {
  const { images, pixels, channels, offset, square, variance } = moments;
  const meanInfluence = memory.subarray(0, images * channels);
  const logVarianceInfluence = memory.subarray(images * channels, 2 * images * channels);
  const meanSquares = new Float64Array(channels);
  const logVarianceSquares = new Float64Array(channels);
  const others = images - 1;
  const perOther = 1 / others;
  const perPixel = 1 / pixels;
  const perVariance = variance.map((value) => (value === 0 ? NaN : perOther / value));
  // Keeps a finite standard error for a channel that a single image excites.
  const mostLost = 1 - 1 / images;
  for (let image = 0, at = 0; image < images; image++) {
    for (let channel = 0; channel < channels; channel++, at++) {
      const center = offset[channel]!;
      const onMean = sums[2 * at]! * perPixel - center;
      const excess = sums[2 * at + 1]! * perPixel - square[channel]! - 2 * center * onMean;
      // The part of the variance that goes when the image is left out.
      const lost = perVariance[channel]! * (excess + onMean * onMean * perOther);
      const onLogVariance = -others * logOneMinus(lost > mostLost ? mostLost : lost);
      meanInfluence[at] = onMean;
      logVarianceInfluence[at] = onLogVariance;
      meanSquares[channel]! += onMean * onMean;
      logVarianceSquares[channel]! += onLogVariance * onLogVariance;
    }
  }
  const standardError = (squares: number): number => Math.sqrt(squares / (images * others));
  return {
    meanInfluence,
    logVarianceInfluence,
    meanSe: meanSquares.map(standardError),
    logVarianceSe: logVarianceSquares.map(standardError),
  };
}

/**
 * Returns ln(1 − x) for x < 1, for |x| ≤ ¼ to 1e-9 of it by a series: one image of many loses
 * little, and a series takes half the time of a logarithm.
 */
function logOneMinus(x: number): number {
  // Written so that NaN takes the logarithm.
  if (!(Math.abs(x) <= 0.25)) return Math.log(1 - x);
  // ln(1 − x) = −2·artanh(s) = −2·(s + s³/3 + s⁵/5 + …) with s = x / (2 − x), |s| ≤ 1/7.
  const s = x / (2 - x);
  const q = s * s;
  return -2 * s * (1 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9)))));
}
