import { correlationSquares } from './correlationSquares.ts';
import { SE_RESOLUTION, type DomainMoments } from './moments.ts';

/**
 * How far two domains a and b are apart at one BatchNorm site in one step.
 *
 * The gap of a channel is Δmean / σ, with σ² the average of both pixel variances. (The variance
 * that `shared` divides by holds the distance of the means too: in its units no gap exceeds 2.)
 * The scalars are root mean squares over the channels that vary in at least one domain, those of
 * ln variance over the channels that vary in both: a channel without variance contributes nothing.
 * They are 0 if no channel contributes and NaN if a channel holds a NaN or an infinity; what
 * depends on standard errors is NaN also if a domain has fewer than two images.
 */
export interface PairDivergence {
  readonly gap: number;
  /** Standard error of `gap`; allows for the correlation of an image's channels. */
  readonly gapSe: number;
  /** Root mean square of the gaps that two samples of one population show. */
  readonly gapFloor: number;
  /** As the three above, for ln(variance a / variance b) in place of Δmean / σ. */
  readonly logVarianceRatio: number;
  readonly logVarianceRatioSe: number;
  readonly logVarianceRatioFloor: number;
  /** Δmean / σ, [channels]; 0 where the channel contributes nothing. */
  readonly gaps: Float64Array;
  /** Δmean in standard errors, [channels]; 0 as above. */
  readonly meanZ: Float64Array;
  /** ln(variance a / variance b) in standard errors, [channels]; 0 as above. */
  readonly logVarianceZ: Float64Array;
  /** σ / standard error of Δmean, [channels]; 0 as above. */
  readonly sigmaPerSe: Float64Array;
  /** How many entries of `meanZ` and `logVarianceZ` together contribute. */
  readonly components: number;
  /**
   * Computes the sum of the squared correlations of these components, tr(R²): from `components` to
   * its square. Takes many times as long as all the rest together, so it waits to be asked.
   */
  readonly correlationSquares: () => number;
}

/** Compares two domains at one site; throws a RangeError if they differ in channels. */
export function pairDivergence(a: DomainMoments, b: DomainMoments): PairDivergence {
  if (a.channels !== b.channels) {
    throw new RangeError(`cannot compare ${a.channels} channels with ${b.channels}`);
  }
  const { channels } = a;
  const gaps = new ChannelAverage(a, b);
  const ratios = new ChannelAverage(a, b);
  const channelGaps = new Float64Array(channels);
  const meanZ = new Float64Array(channels);
  const logVarianceZ = new Float64Array(channels);
  const sigmaPerSe = new Float64Array(channels);
  const contributes = new Float64Array(2 * channels);
  // Conditions are written so that NaN contributes, and so shows, rather than vanishes.
  for (let channel = 0; channel < channels; channel++) {
    const varianceA = a.variance[channel]!;
    const varianceB = b.variance[channel]!;
    const sigma = Math.sqrt((varianceA + varianceB) / 2);
    if (sigma === 0) continue;
    const meanSe = Math.hypot(a.meanSe[channel]!, b.meanSe[channel]!);
    if (!(meanSe <= SE_RESOLUTION * sigma)) {
      const difference = a.mean[channel]! - b.mean[channel]!;
      const gap = difference / sigma;
      gaps.add(gap, meanSe / sigma);
      gaps.gradientA.mean[channel] = gap / sigma;
      gaps.gradientB.mean[channel] = -gap / sigma;
      // σ errs too: ∂gap / ∂ln variance = −gap · (the variance's part of 2σ²) / 2.
      gaps.gradientA.logVariance[channel] = (-gap * gap * varianceA) / (4 * sigma * sigma);
      gaps.gradientB.logVariance[channel] = (-gap * gap * varianceB) / (4 * sigma * sigma);
      channelGaps[channel] = gap;
      meanZ[channel] = difference / meanSe;
      sigmaPerSe[channel] = sigma / meanSe;
      contributes[channel] = 1;
    }
    if (varianceA === 0 || varianceB === 0) continue;
    const ratioSe = Math.hypot(a.logVarianceSe[channel]!, b.logVarianceSe[channel]!);
    if (!(ratioSe <= SE_RESOLUTION)) {
      const ratio = Math.log(varianceA / varianceB);
      ratios.add(ratio, ratioSe);
      ratios.gradientA.logVariance[channel] = ratio;
      ratios.gradientB.logVariance[channel] = -ratio;
      logVarianceZ[channel] = ratio / ratioSe;
      contributes[channels + channel] = 1;
    }
  }
  return {
    gap: gaps.value,
    gapSe: gaps.standardError,
    gapFloor: gaps.floor,
    logVarianceRatio: ratios.value,
    logVarianceRatioSe: ratios.standardError,
    logVarianceRatioFloor: ratios.floor,
    gaps: channelGaps,
    meanZ,
    logVarianceZ,
    sigmaPerSe,
    components: gaps.channels + ratios.channels,
    correlationSquares: () => {
      const { means, logVariances, between } = correlationSquares(a, b, contributes);
      return means + 2 * between + logVariances;
    },
  };
}

/** The root mean square over channels of a difference x between domains a and b. */
class ChannelAverage {
  /** Channels added. */
  channels = 0;
  /** The gradients of ½Σx² by each domain's moments, filled in by whoever adds x. */
  readonly gradientA: Gradient;
  readonly gradientB: Gradient;
  private squares = 0;
  private squaredErrors = 0;

  constructor(a: DomainMoments, b: DomainMoments) {
    this.gradientA = new Gradient(a);
    this.gradientB = new Gradient(b);
  }

  add(x: number, standardError: number): void {
    this.channels++;
    this.squares += x * x;
    this.squaredErrors += standardError * standardError;
  }

  get value(): number {
    return this.rms(this.squares);
  }

  /** What `value` is if only errors are left of x. */
  get floor(): number {
    return this.rms(this.squaredErrors);
  }

  get standardError(): number {
    const { value } = this;
    if (value === 0) return 0;
    const ofHalfSum = Math.sqrt(this.gradientA.errorVariance() + this.gradientB.errorVariance());
    return ofHalfSum / (this.channels * value);
  }

  private rms(sum: number): number {
    return this.channels === 0 ? 0 : Math.sqrt(sum / this.channels);
  }
}

/** The derivatives of a scalar by one domain's moments, [channels]. */
class Gradient {
  readonly mean: Float64Array;
  readonly logVariance: Float64Array;

  constructor(private readonly moments: DomainMoments) {
    this.mean = new Float64Array(moments.channels);
    this.logVariance = new Float64Array(moments.channels);
  }

  /** Computes the error variance of the scalar that is due to this domain's choice of images. */
  errorVariance(): number {
    const { mean, logVariance } = this;
    const { images, channels, meanInfluence, logVarianceInfluence } = this.moments;
    let squares = 0;
    for (let image = 0, at = 0; image < images; image++) {
      let onMean = 0;
      let onLogVariance = 0;
      for (let channel = 0; channel < channels; channel++, at++) {
        onMean += mean[channel]! * meanInfluence[at]!;
        // Where the variance is 0, so is its weight, and its logarithm has no influence to weigh.
        const weight = logVariance[channel]!;
        if (weight !== 0) onLogVariance += weight * logVarianceInfluence[at]!;
      }
      squares += (onMean + onLogVariance) ** 2;
    }
    return squares / (images * (images - 1));
  }
}
