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

/** Where two domains are compared, step after step without an allocation. Arrays are [channels]. */
export class DivergenceMemory {
  readonly gaps: Float64Array;
  readonly meanZ: Float64Array;
  readonly logVarianceZ: Float64Array;
  readonly sigmaPerSe: Float64Array;
  /** 1 for each component that contributes, else 0, [2 · channels]: means, then log variances. */
  readonly contributes: Float64Array;
  /** The gradient of ½Σgap² by the means of `a`; by those of `b` it is the opposite. */
  readonly gapByMean: Float64Array;
  /** The same by the log variances of `a`, and the opposite of that by those of `b`. */
  readonly gapByLogVarianceA: Float64Array;
  readonly gapByLogVarianceB: Float64Array;
  /** ln(variance a / variance b), the gradient of half its square likewise. */
  readonly ratios: Float64Array;

  constructor(readonly channels: number) {
    this.gaps = new Float64Array(channels);
    this.meanZ = new Float64Array(channels);
    this.logVarianceZ = new Float64Array(channels);
    this.sigmaPerSe = new Float64Array(channels);
    this.contributes = new Float64Array(2 * channels);
    this.gapByMean = new Float64Array(channels);
    this.gapByLogVarianceA = new Float64Array(channels);
    this.gapByLogVarianceB = new Float64Array(channels);
    this.ratios = new Float64Array(channels);
  }

  clear(): void {
    this.gaps.fill(0);
    this.meanZ.fill(0);
    this.logVarianceZ.fill(0);
    this.sigmaPerSe.fill(0);
    this.contributes.fill(0);
    this.gapByMean.fill(0);
    this.gapByLogVarianceA.fill(0);
    this.gapByLogVarianceB.fill(0);
    this.ratios.fill(0);
  }
}

/**
 * Compares two domains at one site; throws a RangeError if they differ in channels.
 *
 * @param memory - of so many channels; it holds what is returned until it serves again
 */
export function pairDivergence(
  a: DomainMoments,
  b: DomainMoments,
  memory = new DivergenceMemory(a.channels),
): PairDivergence {
  if (a.channels !== b.channels) {
    throw new RangeError(`cannot compare ${a.channels} channels with ${b.channels}`);
  }
  memory.clear();
  const { gaps, meanZ, logVarianceZ, sigmaPerSe, contributes } = memory;
  const { gapByMean, gapByLogVarianceA, gapByLogVarianceB, ratios } = memory;
  const { channels } = a;
  const ofGaps = new ChannelAverage();
  const ofRatios = new ChannelAverage();
  // Conditions are written so that NaN contributes, and so shows, rather than vanishes.
  for (let channel = 0; channel < channels; channel++) {
    const varianceA = a.variance[channel]!;
    const varianceB = b.variance[channel]!;
    const sigma = Math.sqrt((varianceA + varianceB) / 2);
    if (sigma === 0) continue;
    const meanSe = Math.sqrt(a.meanSe[channel]! ** 2 + b.meanSe[channel]! ** 2);
    if (!(meanSe <= SE_RESOLUTION * sigma)) {
      const difference = a.mean[channel]! - b.mean[channel]!;
      const gap = difference / sigma;
      ofGaps.add(gap, meanSe / sigma);
      gapByMean[channel] = gap / sigma;
      // σ errs too: ∂gap / ∂ln variance = −gap · (the variance's part of 2σ²) / 2.
      gapByLogVarianceA[channel] = (-gap * gap * varianceA) / (4 * sigma * sigma);
      gapByLogVarianceB[channel] = (gap * gap * varianceB) / (4 * sigma * sigma);
      gaps[channel] = gap;
      meanZ[channel] = difference / meanSe;
      sigmaPerSe[channel] = sigma / meanSe;
      contributes[channel] = 1;
    }
    if (varianceA === 0 || varianceB === 0) continue;
    const ratioSe = Math.sqrt(a.logVarianceSe[channel]! ** 2 + b.logVarianceSe[channel]! ** 2);
    if (!(ratioSe <= SE_RESOLUTION)) {
      const ratio = Math.log(varianceA / varianceB);
      ofRatios.add(ratio, ratioSe);
      ratios[channel] = ratio;
      logVarianceZ[channel] = ratio / ratioSe;
      contributes[channels + channel] = 1;
    }
  }
  const ofA = errorVariances(a, gapByMean, gapByLogVarianceA, ratios);
  const ofB = errorVariances(b, gapByMean, gapByLogVarianceB, ratios);
  return {
    gap: ofGaps.value,
    gapSe: ofGaps.standardError(ofA.gap + ofB.gap),
    gapFloor: ofGaps.floor,
    logVarianceRatio: ofRatios.value,
    logVarianceRatioSe: ofRatios.standardError(ofA.ratio + ofB.ratio),
    logVarianceRatioFloor: ofRatios.floor,
    gaps,
    meanZ,
    logVarianceZ,
    sigmaPerSe,
    components: ofGaps.channels + ofRatios.channels,
    correlationSquares: () => {
      const { means, logVariances, between } = correlationSquares(a, b, contributes);
      return means + 2 * between + logVariances;
    },
  };
}

/** The root mean square over channels of a difference x between two domains. */
class ChannelAverage {
  /** Channels added. */
  channels = 0;
  private squares = 0;
  private squaredErrors = 0;

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

  /** Returns the standard error of `value` from the error variance of ½Σx². */
  standardError(ofHalfSum: number): number {
    const { value } = this;
    return value === 0 ? 0 : Math.sqrt(ofHalfSum) / (this.channels * value);
  }

  private rms(sum: number): number {
    return this.channels === 0 ? 0 : Math.sqrt(sum / this.channels);
  }
}

/**
 * Computes the error variances of ½Σgap² and ½Σratio² that are due to one domain's choice of images,
 * from their gradients by its moments, of either sign.
 */
function errorVariances(
  { images, channels, meanInfluence, logVarianceInfluence }: DomainMoments,
  gapByMean: Float64Array,
  gapByLogVariance: Float64Array,
  ratioByLogVariance: Float64Array,
): { readonly gap: number; readonly ratio: number } {
  let [gap, ratio] = [0, 0];
  for (let image = 0, at = 0; image < images; image++) {
    let onMean = 0;
    let onLogVariance = 0;
    let onRatio = 0;
    for (let channel = 0; channel < channels; channel++, at++) {
      onMean += gapByMean[channel]! * meanInfluence[at]!;
      // Where the variance is 0, so are its weights, and its logarithm has no influence to weigh.
      const influence = logVarianceInfluence[at]!;
      const ofGap = gapByLogVariance[channel]!;
      if (ofGap !== 0) onLogVariance += ofGap * influence;
      const ofRatio = ratioByLogVariance[channel]!;
      if (ofRatio !== 0) onRatio += ofRatio * influence;
    }
    gap += (onMean + onLogVariance) ** 2;
    ratio += onRatio ** 2;
  }
  const pairs = images * (images - 1);
  return { gap: gap / pairs, ratio: ratio / pairs };
}
