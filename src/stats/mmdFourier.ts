import type { Bandwidths } from './mmdKernels.ts';
import { normalStream } from './normal.ts';
import type { Sample } from './sample.ts';

/** An estimate of MMD² from mean embeddings. */
export interface FourierMmd extends Bandwidths {
  readonly mmd2: number;
  readonly estimator: 'fourier';
  /** Random frequencies of each bandwidth. */
  readonly frequencies: number;
  readonly n: number;
  readonly m: number;
}

/**
 * Random features whose inner product estimates a sum of Gaussian kernels without bias (Rahimi &
 * Recht 2007): the cosine and sine of ω·x over ω ~ N(0, 1/σ²), `frequencies` of each bandwidth σ.
 */
export class FourierFeatures implements Bandwidths {
  readonly bandwidthRule;
  readonly bandwidths;
  /** [bandwidths · frequencies, dimensions]. */
  readonly #omega: Float64Array;

  /**
   * @param kernels - bandwidths that were chosen on other points than those to be compared, such as
   *   the first step's
   * @param random - uniform numbers in [0, 1)
   */
  constructor(
    { bandwidthRule, bandwidths }: Bandwidths,
    readonly dimensions: number,
    readonly frequencies: number,
    random: () => number,
  ) {
    this.bandwidthRule = bandwidthRule;
    this.bandwidths = bandwidths;
    const normal = normalStream(random);
    const perBandwidth = frequencies * dimensions;
    this.#omega = new Float64Array(bandwidths.length * perBandwidth);
    bandwidths.forEach((bandwidth, kernel) => {
      const own = this.#omega.subarray(kernel * perBandwidth, (kernel + 1) * perBandwidth);
      for (let i = 0; i < own.length; i++) own[i] = normal() / bandwidth;
    });
  }

  /** How many features a point has. */
  get size(): number {
    return 2 * this.bandwidths.length * this.frequencies;
  }

  /** Adds the features of one point of a sample to sums of features, cosine before sine. */
  addTo(sums: Float64Array, { values }: Sample, point: number): void {
    const { dimensions } = this;
    const from = point * dimensions;
    for (let feature = 0, at = 0; feature < sums.length; feature += 2) {
      let phase = 0;
      for (let k = 0; k < dimensions; k++, at++) phase += this.#omega[at]! * values[from + k]!;
      sums[feature]! += Math.cos(phase);
      sums[feature + 1]! += Math.sin(phase);
    }
  }
}

/** The mean of the features of all points of one domain, gathered step by step. */
export class MeanEmbedding {
  #count = 0;
  readonly #sums: Float64Array;

  constructor(private readonly features: FourierFeatures) {
    this.#sums = new Float64Array(features.size);
  }

  /** Takes in more points, in time linear in them. Throws a RangeError if the dimensions differ. */
  add(sample: Sample): void {
    if (sample.dimensions !== this.features.dimensions) {
      throw new RangeError(
        `cannot add ${sample.dimensions} dimensions to ${this.features.dimensions}`,
      );
    }
    for (let point = 0; point < sample.count; point++) {
      this.features.addTo(this.#sums, sample, point);
    }
    this.#count += sample.count;
  }

  /**
   * Estimates MMD² to another domain with no point compared with itself. Over all draws of the
   * frequencies and of independent points it is right on average; a finite number of frequencies
   * adds an error that more points do not lessen, of the order 1/√frequencies of the MMD² itself.
   * NaN or infinite values give NaN.
   *
   * @throws RangeError if a domain has fewer than two points or the features are not the same ones
   */
  mmdTo(other: MeanEmbedding): FourierMmd {
    const { bandwidthRule, bandwidths, frequencies } = this.features;
    if (other.features !== this.features) throw new RangeError('cannot compare other features');
    const [n, m] = [this.#count, other.#count];
    if (n < 2 || m < 2) throw new RangeError(`cannot compare ${n} points with ${m}: 2 are needed`);
    // Of every point with itself the kernels add up to their number.
    const within = (own: Float64Array, count: number): number =>
      (dot(own, own) / frequencies - count * bandwidths.length) / (count * (count - 1));
    const between = dot(this.#sums, other.#sums) / (frequencies * n * m);
    const mmd2 = within(this.#sums, n) + within(other.#sums, m) - 2 * between;
    return { mmd2, estimator: 'fourier', bandwidthRule, bandwidths, frequencies, n, m };
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
