import { requireComparable, type Sample } from './sample.ts';
import { rowStart, squaredDistances } from './squaredDistances.ts';

/**
 * How bandwidths follow from the points of both samples together, over all pairs of distinct points.
 * `five-kernels`: σ² = 2ᵏ · the mean squared distance, k = −3 … 1 (DAN, Long et al. 2015).
 * `median`: one kernel, σ the median distance (Gretton et al. 2012, section 8).
 */
export type BandwidthRule = 'five-kernels' | 'median';

/** The kernels exp(−‖x − y‖² / 2σ²) of an estimate, which adds up their MMD². */
export interface Bandwidths {
  readonly bandwidthRule: BandwidthRule;
  /** σ of each kernel, ascending, in the units of the values. */
  readonly bandwidths: readonly number[];
}

/** Sums of a kernel over pairs of different points, each pair once. */
export interface SplitSums {
  readonly withinA: number;
  readonly withinB: number;
  readonly between: number;
}

/** Kernels of a rule; σ² of each is half that of the next. */
const KERNELS: Readonly<Record<BandwidthRule, number>> = { 'five-kernels': 5, median: 1 };

/** Gaussian kernels between the points of two samples, with bandwidths chosen by the points. */
export class PooledKernels implements Bandwidths {
  readonly bandwidths: readonly number[];
  readonly n: number;
  readonly m: number;
  readonly #distances: Float64Array;

  /**
   * Measures all distances. A NaN or infinite value makes all bandwidths NaN, and so all that
   * follows from them.
   *
   * @throws RangeError if a sample has fewer than two points or the dimensions differ
   */
  constructor(
    a: Sample,
    b: Sample,
    readonly bandwidthRule: BandwidthRule,
  ) {
    requireComparable(a, b, 2);
    this.n = a.count;
    this.m = b.count;
    this.#distances = squaredDistances(a, b);
    this.bandwidths = bandwidthsOf(bandwidthRule, scaleSquare(bandwidthRule, this.#distances));
  }

  /**
   * Gives one kernel after the other, the widest first. They share their memory: each is void once
   * the next is asked for.
   */
  *widestFirst(): Generator<KernelMatrix, void, void> {
    const points = this.n + this.m;
    const values = new Float64Array(this.#distances.length);
    const widest = this.bandwidths.at(-1) ?? NaN;
    for (let i = 0; i < values.length; i++) {
      values[i] = gaussianKernel(this.#distances[i]!, widest);
    }
    yield new KernelMatrix(values, points);
    for (let narrower = 1; narrower < this.bandwidths.length; narrower++) {
      // Half the σ² squares the kernel.
      for (let i = 0; i < values.length; i++) values[i] = values[i]! * values[i]!;
      yield new KernelMatrix(values, points);
    }
  }
}

/** Returns the σ of a rule's kernels, ascending, from the squared length that sets their scale. */
export function bandwidthsOf(rule: BandwidthRule, square: number): number[] {
  return halvedBandwidths(Math.sqrt(rule === 'five-kernels' ? 2 * square : square), KERNELS[rule]);
}

/** Returns the σ of so many kernels, ascending: the σ² of each is half that of the next. */
export function halvedBandwidths(widest: number, kernels: number): number[] {
  return Array.from({ length: kernels }, (_, kernel) => widest / 2 ** ((kernels - 1 - kernel) / 2));
}

/** Returns exp(−‖x − y‖² / 2σ²); of equal points it is 1, even where σ is 0. */
export function gaussianKernel(squaredDistance: number, bandwidth: number): number {
  if (squaredDistance === 0 && !Number.isNaN(bandwidth)) return 1;
  return Math.exp(-squaredDistance / (2 * bandwidth * bandwidth));
}

/** One kernel between every two different points of two samples together. */
export class KernelMatrix {
  readonly #rowSums: Float64Array;
  readonly #total: number;

  /** `values` holds row i, of columns 0 … i − 1, from i(i − 1)/2 on. */
  constructor(
    private readonly values: Float64Array,
    points: number,
  ) {
    this.#rowSums = new Float64Array(points);
    let total = 0;
    for (let i = 0, at = 0; i < points; i++) {
      let row = 0;
      for (let j = 0; j < i; j++, at++) {
        row += values[at]!;
        this.#rowSums[j]! += values[at]!;
      }
      this.#rowSums[i]! += row;
      total += row;
    }
    this.#total = total;
  }

  /** Sums up with some points, given in ascending order, as one sample and all others as another. */
  split(points: Int32Array): SplitSums {
    const withinA = this.within(points);
    let rows = 0;
    for (const point of points) rows += this.#rowSums[point]!;
    const between = rows - 2 * withinA;
    return { withinA, withinB: this.#total - withinA - between, between };
  }

  /**
   * Sums over the pairs among some points, given in ascending order. Permutation tests spend their
   * time here, hence four rows and two columns at once: eight sums that do not wait for each other.
   */
  within(points: Int32Array): number {
    const { values } = this;
    let even0 = 0;
    let even1 = 0;
    let even2 = 0;
    let even3 = 0;
    let odd0 = 0;
    let odd1 = 0;
    let odd2 = 0;
    let odd3 = 0;
    let row = 0;
    for (; row + 4 <= points.length; row += 4) {
      const point0 = points[row]!;
      const point1 = points[row + 1]!;
      const point2 = points[row + 2]!;
      const from0 = rowStart(point0);
      const from1 = rowStart(point1);
      const from2 = rowStart(point2);
      const from3 = rowStart(points[row + 3]!);
      for (let column = 0; column < row; column += 2) {
        const even = points[column]!;
        const odd = points[column + 1]!;
        even0 += values[from0 + even]!;
        even1 += values[from1 + even]!;
        even2 += values[from2 + even]!;
        even3 += values[from3 + even]!;
        odd0 += values[from0 + odd]!;
        odd1 += values[from1 + odd]!;
        odd2 += values[from2 + odd]!;
        odd3 += values[from3 + odd]!;
      }
      even1 += values[from1 + point0]!;
      even2 += values[from2 + point0]! + values[from2 + point1]!;
      even3 += values[from3 + point0]! + values[from3 + point1]! + values[from3 + point2]!;
    }
    for (; row < points.length; row++) {
      const from = rowStart(points[row]!);
      for (let column = 0; column < row; column++) even0 += values[from + points[column]!]!;
    }
    return even0 + even1 + even2 + even3 + odd0 + odd1 + odd2 + odd3;
  }
}

/** Returns the squared length in which a rule measures bandwidths; NaN if a distance is not finite. */
function scaleSquare(rule: BandwidthRule, squares: Float64Array): number {
  let sum = 0;
  for (const square of squares) sum += square;
  if (!Number.isFinite(sum)) return NaN;
  switch (rule) {
    case 'five-kernels':
      return sum / squares.length;
    case 'median':
      return medianSquare(squares);
  }
}

/** Returns the square of the median distance. */
function medianSquare(squares: Float64Array): number {
  const sorted = squares.slice().sort();
  const middle = sorted.length >> 1;
  const upper = Math.sqrt(sorted[middle]!);
  const lower = sorted.length % 2 === 1 ? upper : Math.sqrt(sorted[middle - 1]!);
  return ((lower + upper) / 2) ** 2;
}
