/** Sums over the pixels of each image of a batch, by default as the forward pass leaves them. */
export interface ImageSums<Floats extends Float32Array | Float64Array = Float32Array> {
  readonly images: number;
  /** Pixels of each image. */
  readonly pixels: number;
  readonly channels: number;
  /** A value per channel near its mean, [channels]: keeps the squares from cancelling. */
  readonly shift: Floats;
  /** Σ(x − shift) and Σ(x − shift)² over an image's pixels, [images, channels, 2]. */
  readonly sums: Floats;
}

/** Sums in single or double precision. */
type AnyImageSums = ImageSums<Float32Array | Float64Array>;

/** What one domain's images say of each channel. Arrays are [channels]. */
export interface ChannelMoments {
  readonly images: number;
  readonly channels: number;
  readonly mean: Float64Array;
  /** Biased variance over all pixels of all images; 0 where it cannot be told from 0. */
  readonly variance: Float64Array;
  /** Standard error of `mean`; NaN for fewer than two images. */
  readonly meanSe: Float64Array;
  /** Standard error of ln `variance`; NaN for fewer than two images or where `variance` is 0. */
  readonly logVarianceSe: Float64Array;
}

/** Moments whose errors' covariance is known too. */
export interface CovariedMoments extends ChannelMoments {
  /** Covariance of the errors of the mean and of ln variance, [channels]; NaN as `logVarianceSe`. */
  readonly errorCovariance: Float64Array;
}

/**
 * Moments, and what each image contributes to them.
 *
 * The influence of an image on an estimate is (images − 1) times what the estimate loses without
 * that image, and the estimate's standard error is √(Σ influence² / (images · (images − 1))), as
 * is that of any smooth function of the moments when influences are added up by the chain rule
 * (the jackknife; Efron & Stein 1981). Only images are independent, the pixels of one image are
 * not, hence one influence per image.
 */
export interface DomainMoments extends ChannelMoments {
  /** Pixels of each image. */
  readonly pixels: number;
  /** Influence of each image on `mean`, [images, channels]. */
  readonly meanInfluence: Float64Array;
  /** Influence of each image on ln `variance`, [images, channels]; NaN where `variance` is 0. */
  readonly logVarianceInfluence: Float64Array;
}

/** Standard errors below this, relative to σ or on ln variance, are rounding of float32 sums. */
export const SE_RESOLUTION = 1e-6;

/** Below this part of the mean square about the shift, a variance is float32 rounding. */
const RESOLUTION = 1e-6;

/** Where a domain's moments are computed, step after step without an allocation. */
export class MomentsMemory {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly meanSe: Float64Array;
  readonly logVarianceSe: Float64Array;
  readonly meanInfluence: Float64Array;
  readonly logVarianceInfluence: Float64Array;
  /** Mean square about the shift, [channels]. */
  readonly square: Float64Array;
  /** 1 / (variance · (images − 1)), [channels]; NaN where the variance is 0. */
  readonly perVariance: Float64Array;

  /** @param influences - by far the largest part, 2 · images · channels elements or more */
  constructor(
    readonly images: number,
    readonly channels: number,
    influences: Float64Array = new Float64Array(2 * images * channels),
    allocate: (length: number) => Float64Array = (length) => new Float64Array(length),
  ) {
    const length = images * channels;
    this.mean = allocate(channels);
    this.variance = allocate(channels);
    this.meanSe = allocate(channels);
    this.logVarianceSe = allocate(channels);
    this.meanInfluence = influences.subarray(0, length);
    this.logVarianceInfluence = influences.subarray(length, 2 * length);
    this.square = allocate(channels);
    this.perVariance = allocate(channels);
  }

  /** Adds the sums of the images from `firstImage` on to `mean` and `square`. */
  addUp({ sums, channels }: AnyImageSums, firstImage: number): void {
    const { images, mean, square } = this;
    // Image by image, in the order of the memory: a channel's own sums are far apart.
    for (let image = 0, at = 2 * firstImage * channels; image < images; image++) {
      for (let channel = 0; channel < channels; channel++, at += 2) {
        mean[channel]! += sums[at]!;
        square[channel]! += sums[at + 1]!;
      }
    }
  }

  /**
   * Computes each image's influences, `mean` being about the shift, and adds their squares to
   * `meanSe` and `logVarianceSe`.
   *
   * The influence on ln variance is (n − 1)·ln(variance / variance without the image). To first
   * order this is the plain influence function, (the image's excess of mean square) / variance; but
   * that one makes standard errors too small in small batches (E z² = 1.22 instead of 1.03 for 32
   * Gaussian values).
   */
  addInfluences({ sums, channels, pixels }: AnyImageSums, firstImage: number): void {
    const { images, mean, square, perVariance, meanSe, logVarianceSe } = this;
    const { meanInfluence, logVarianceInfluence } = this;
    // Divisions take long, and this loop more than all else that a step is recorded with.
    const others = images - 1;
    const perOther = 1 / others;
    const perPixel = 1 / pixels;
    // Keeps a finite standard error for a channel that a single image excites.
    const mostLost = 1 - 1 / images;
    for (let image = 0, to = 0, at = 2 * firstImage * channels; image < images; image++) {
      for (let channel = 0; channel < channels; channel++, to++, at += 2) {
        const offset = mean[channel]!;
        const onMean = sums[at]! * perPixel - offset;
        const excess = sums[at + 1]! * perPixel - square[channel]! - 2 * offset * onMean;
        // The part of the variance that goes when the image is left out.
        const lost = perVariance[channel]! * (excess + onMean * onMean * perOther);
        const onLogVariance = -others * logOneMinus(lost > mostLost ? mostLost : lost);
        meanInfluence[to] = onMean;
        logVarianceInfluence[to] = onLogVariance;
        meanSe[channel]! += onMean * onMean;
        logVarianceSe[channel]! += onLogVariance * onLogVariance;
      }
    }
  }
}

/**
 * Computes a domain's moments and their standard errors from the images
 * `firstImage` … `firstImage + images − 1` of a batch, by default all of them.
 *
 * A channel that holds a NaN or an infinity, or overflows the sums, gets a NaN variance and a NaN or
 * infinite mean; other channels are untouched.
 *
 * @param memory - of so many images and channels; it holds what is returned until it serves again
 */
export function domainMoments(
  sums: AnyImageSums,
  firstImage = 0,
  images = sums.images - firstImage,
  memory = new MomentsMemory(images, sums.channels),
): DomainMoments {
  const { channels, pixels, shift } = sums;
  const { mean, variance, meanSe, logVarianceSe, square, perVariance } = memory;
  for (const total of [mean, square, meanSe, logVarianceSe]) total.fill(0);
  memory.addUp(sums, firstImage);
  const perOther = 1 / (images - 1);
  for (let channel = 0; channel < channels; channel++) {
    mean[channel]! /= images * pixels;
    square[channel]! /= images * pixels;
  }
  resolveVariances(square, mean, variance);
  for (let channel = 0; channel < channels; channel++) {
    const resolved = variance[channel]!;
    perVariance[channel] = resolved === 0 ? NaN : perOther / resolved;
  }
  memory.addInfluences(sums, firstImage);
  const pairs = images * (images - 1);
  for (let channel = 0; channel < channels; channel++) {
    mean[channel]! += shift[channel]!;
    meanSe[channel] = Math.sqrt(meanSe[channel]! / pairs);
    logVarianceSe[channel] = Math.sqrt(logVarianceSe[channel]! / pairs);
  }
  const { meanInfluence, logVarianceInfluence } = memory;
  const influences = { meanInfluence, logVarianceInfluence };
  return { images, pixels, channels, mean, variance, meanSe, logVarianceSe, ...influences };
}

/** Computes the covariance of the errors from the influences. */
export function withErrorCovariance(moments: DomainMoments): DomainMoments & CovariedMoments {
  const { images, channels, meanInfluence, logVarianceInfluence } = moments;
  const errorCovariance = new Float64Array(channels);
  for (let at = 0; at < meanInfluence.length; at++) {
    errorCovariance[at % channels]! += meanInfluence[at]! * logVarianceInfluence[at]!;
  }
  return {
    ...moments,
    errorCovariance: errorCovariance.map((sum) => sum / (images * (images - 1))),
  };
}

/** Sets variance to mean square − offset², 0 where that is rounding and NaN where the sums overflowed. */
function resolveVariances(
  squares: Float64Array,
  offsets: Float64Array,
  variances: Float64Array,
): void {
  for (let channel = 0; channel < squares.length; channel++) {
    const square = squares[channel]!;
    const variance = square - offsets[channel]! ** 2;
    if (!Number.isFinite(square)) variances[channel] = NaN;
    else variances[channel] = variance <= RESOLUTION * square ? 0 : variance;
  }
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
