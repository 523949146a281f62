import { normalStream } from './normal.ts';
import type { Sample } from './sample.ts';

/** Images of a batch are dealt out to so many parts, whose differences are chance alone. */
export const PARTS = 4;

/** Frequencies that are worked out at once. */
const BLOCK = 4;

/**
 * Random features whose inner product estimates a sum of Gaussian kernels without bias (Rahimi &
 * Recht 2007): the cosine and sine of ω·x over ω ~ N(0, 1/σ²).
 *
 * The kernels' σ² halve from each to the next, and they share their frequencies: the phases of the
 * second next kernel are twice those of one, and cos 2θ, sin 2θ follow from cos θ, sin θ.
 */
export class FourierFeatures {
  /** ω of the widest kernel, [blocks, dimensions, BLOCK]; the last block may have more than needed. */
  readonly #omega: Float64Array;
  /** ω·x of the point at hand. */
  readonly #phases: Float64Array;

  /**
   * @param bandwidth - σ of the widest kernel, above 0
   * @param frequencies - of each kernel
   * @param random - uniform numbers in [0, 1)
   */
  constructor(
    readonly bandwidth: number,
    readonly kernels: number,
    readonly dimensions: number,
    readonly frequencies: number,
    random: () => number,
  ) {
    const normal = normalStream(random);
    this.#phases = new Float64Array(Math.ceil(frequencies / BLOCK) * BLOCK);
    this.#omega = Float64Array.from(
      { length: this.#phases.length * dimensions },
      () => normal() / bandwidth,
    );
  }

  /** How many features a point has. */
  get size(): number {
    return 2 * this.kernels * this.frequencies;
  }

  /**
   * Returns the mean features of every {@link PARTS}th point from the first, the second … on,
   * [parts][size].
   *
   * @throws RangeError if there are fewer points than parts or the dimensions differ
   */
  partMeans(sample: Sample): Float64Array[] {
    const { count, dimensions } = sample;
    if (dimensions !== this.dimensions) {
      throw new RangeError(`cannot add ${dimensions} dimensions to ${this.dimensions}`);
    }
    if (count < PARTS) throw new RangeError(`cannot part ${count} points: ${PARTS} are needed`);
    const means = Array.from({ length: PARTS }, () => new Float64Array(this.size));
    for (let point = 0; point < count; point++) {
      this.#addTo(means[point % PARTS]!, sample.values, point * dimensions);
    }
    means.forEach((sums, part) => {
      const scale = 1 / (partCount(count, part) * Math.sqrt(this.frequencies));
      for (let at = 0; at < sums.length; at++) sums[at]! *= scale;
    });
    return means;
  }

  #addTo(sums: Float64Array, values: Float32Array, from: number): void {
    const { frequencies, kernels } = this;
    this.#takePhases(values, from);
    for (let frequency = 0; frequency < frequencies; frequency++) {
      let phase = this.#phases[frequency]!;
      for (let kernel = 0; kernel < Math.min(2, kernels); kernel++, phase *= Math.SQRT2) {
        let cosine = Math.cos(phase);
        let sine = Math.sin(phase);
        for (let narrower = kernel; narrower < kernels; narrower += 2) {
          const feature = 2 * (narrower * frequencies + frequency);
          sums[feature]! += cosine;
          sums[feature + 1]! += sine;
          const doubled = 2 * sine * cosine;
          cosine = cosine * cosine - sine * sine;
          sine = doubled;
        }
      }
    }
  }

  /** Takes ω·x of the widest kernel: a block of frequencies at once, sums that do not wait for each other. */
  #takePhases(values: Float32Array, from: number): void {
    const [omega, phases] = [this.#omega, this.#phases];
    for (let first = 0, at = 0; first < phases.length; first += BLOCK) {
      let phase0 = 0;
      let phase1 = 0;
      let phase2 = 0;
      let phase3 = 0;
      for (let k = from; k < from + this.dimensions; k++, at += BLOCK) {
        const value = values[k]!;
        phase0 += omega[at]! * value;
        phase1 += omega[at + 1]! * value;
        phase2 += omega[at + 2]! * value;
        phase3 += omega[at + 3]! * value;
      }
      phases[first] = phase0;
      phases[first + 1] = phase1;
      phases[first + 2] = phase2;
      phases[first + 3] = phase3;
    }
  }
}

/** How many of so many points are dealt to a part. */
export function partCount(count: number, part: number): number {
  return Math.ceil((count - part) / PARTS);
}
