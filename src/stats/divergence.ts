import { correlationSquares, type CorrelationSquares } from './correlationSquares.ts';
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
  /**
   * σ / standard error of Δmean, [channels]; 0 as above. Here σ² is unbiased: what the images' own
   * mean takes from the variance about it, the mean's squared error, is added.
   */
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
  /** Of the gaps, then of the ratios: how many contribute, Σx² and Σ(standard error of x)²; [6]. */
  readonly totals: Float64Array;
  /** The error variances of ½Σgap² and ½Σratio², [2]. */
  readonly errors: Float64Array;

  constructor(
    readonly channels: number,
    allocate: (length: number) => Float64Array = (length) => new Float64Array(length),
  ) {
    this.gaps = allocate(channels);
    this.meanZ = allocate(channels);
    this.logVarianceZ = allocate(channels);
    this.sigmaPerSe = allocate(channels);
    this.contributes = allocate(2 * channels);
    this.gapByMean = allocate(channels);
    this.gapByLogVarianceA = allocate(channels);
    this.gapByLogVarianceB = allocate(channels);
    this.ratios = allocate(channels);
    this.totals = allocate(6);
    this.errors = allocate(2);
  }

  /** Fills in all but the errors. */
  compare(a: DomainMoments, b: DomainMoments): void {
    this.#clear();
    const { channels, gaps, meanZ, logVarianceZ, sigmaPerSe, contributes } = this;
    const { gapByMean, gapByLogVarianceA, gapByLogVarianceB, ratios, totals } = this;
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
        totals[0]!++;
        totals[1]! += gap * gap;
        totals[2]! += (meanSe / sigma) ** 2;
        gapByMean[channel] = gap / sigma;
        // σ errs too: ∂gap / ∂ln variance = −gap · (the variance's part of 2σ²) / 2.
        gapByLogVarianceA[channel] = (-gap * gap * varianceA) / (4 * sigma * sigma);
        gapByLogVarianceB[channel] = (gap * gap * varianceB) / (4 * sigma * sigma);
        gaps[channel] = gap;
        meanZ[channel] = difference / meanSe;
        sigmaPerSe[channel] = Math.sqrt(sigma * sigma + (meanSe * meanSe) / 2) / meanSe;
        contributes[channel] = 1;
      }
      if (varianceA === 0 || varianceB === 0) continue;
      const ratioSe = Math.sqrt(a.logVarianceSe[channel]! ** 2 + b.logVarianceSe[channel]! ** 2);
      if (!(ratioSe <= SE_RESOLUTION)) {
        const ratio = Math.log(varianceA / varianceB);
        totals[3]!++;
        totals[4]! += ratio * ratio;
        totals[5]! += ratioSe * ratioSe;
        ratios[channel] = ratio;
        logVarianceZ[channel] = ratio / ratioSe;
        contributes[channels + channel] = 1;
      }
    }
  }

  /**
   * Adds to the errors what is due to one domain's choice of images, from the gradients by its
   * moments, of either sign.
   */
  addErrors(
    { images, channels, meanInfluence, logVarianceInfluence }: DomainMoments,
    gapByLogVariance: Float64Array,
  ): void {
    const { gapByMean, ratios, errors } = this;
    const pairs = images * (images - 1);
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
        const ofRatio = ratios[channel]!;
        if (ofRatio !== 0) onRatio += ofRatio * influence;
      }
      errors[0]! += (onMean + onLogVariance) ** 2 / pairs;
      errors[1]! += onRatio ** 2 / pairs;
    }
  }

  /** Does what {@link correlationSquares} does. */
  correlationSquares(
    a: DomainMoments,
    b: DomainMoments,
    weights: Float64Array,
  ): CorrelationSquares {
    return correlationSquares(a, b, weights);
  }

  #clear(): void {
    const { gaps, meanZ, logVarianceZ, sigmaPerSe, contributes } = this;
    const { gapByMean, gapByLogVarianceA, gapByLogVarianceB, ratios, totals } = this;
    const ofGaps = [gaps, meanZ, sigmaPerSe, gapByMean, gapByLogVarianceA, gapByLogVarianceB];
    for (const array of [...ofGaps, ratios, logVarianceZ, contributes, totals]) array.fill(0);
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
  const { gaps, meanZ, logVarianceZ, sigmaPerSe, totals, errors } = memory;
  memory.compare(a, b);
  errors.fill(0);
  memory.addErrors(a, memory.gapByLogVarianceA);
  memory.addErrors(b, memory.gapByLogVarianceB);
  const ofGaps = average(totals[0]!, totals[1]!, totals[2]!, errors[0]!);
  const ofRatios = average(totals[3]!, totals[4]!, totals[5]!, errors[1]!);
  return {
    gap: ofGaps.value,
    gapSe: ofGaps.standardError,
    gapFloor: ofGaps.floor,
    logVarianceRatio: ofRatios.value,
    logVarianceRatioSe: ofRatios.standardError,
    logVarianceRatioFloor: ofRatios.floor,
    gaps,
    meanZ,
    logVarianceZ,
    sigmaPerSe,
    components: totals[0]! + totals[3]!,
    correlationSquares: () => {
      const { means, logVariances, between } = memory.correlationSquares(a, b, memory.contributes);
      return means + 2 * between + logVariances;
    },
  };
}

/**
 * Returns the root mean square over channels of a difference x between two domains, what it is if
 * only errors are left of x, and its standard error, from the error variance of ½Σx².
 */
function average(
  channels: number,
  squares: number,
  squaredErrors: number,
  ofHalfSum: number,
): { readonly value: number; readonly floor: number; readonly standardError: number } {
  if (channels === 0) return { value: 0, floor: 0, standardError: 0 };
  const value = Math.sqrt(squares / channels);
  return {
    value,
    floor: Math.sqrt(squaredErrors / channels),
    standardError: value === 0 ? 0 : Math.sqrt(ofHalfSum) / (channels * value),
  };
}
