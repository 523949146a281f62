import { chiSquareSumQuantile } from './chiSquareSum.ts';
import { PARTS, partCount, type FourierFeatures } from './mmdFourier.ts';
import type { Sample } from './sample.ts';

/** MMD² over several batches, and what it comes to when nothing differs. */
export interface WindowMmd {
  readonly mmd2: number;
  readonly expected: number;
  /** What it exceeds with probability 5% and 1% when nothing differs. */
  readonly floor95: number;
  readonly floor99: number;
  readonly batches: number;
  /** Step of the first of them. */
  readonly fromStep: number;
  /** Points of each domain in all of them. */
  readonly n: number;
  readonly m: number;
}

/** Contrasts of the means of four parts: what they give of equal expectations is chance. */
const CONTRASTS = [
  [1, -1, 1, -1],
  [1, 1, -1, -1],
  [1, -1, -1, 1],
] as const;

/** What a batch says of the covariances Σ of both domains' features. */
interface Noise {
  /** tr Σa and tr Σb. */
  readonly a: number;
  readonly b: number;
  /** tr Σa², tr Σb² and tr ΣaΣb. */
  readonly aa: number;
  readonly bb: number;
  readonly ab: number;
}

interface Batch {
  readonly step: number;
  readonly n: number;
  readonly m: number;
  /** The mean features of the first domain less those of the second. */
  readonly difference: Float64Array;
  readonly noise: Noise;
}

/**
 * Estimates MMD² over the latest batches of two domains: the mean of δₛ·δₜ over all pairs of
 * different batches, δ the difference of their mean features. No point is compared with itself, nor
 * with any other of its batch: while batches are independent it is unbiased but for the random
 * frequencies, and its error without a difference falls with their number, not with its root.
 */
export class MmdWindow {
  readonly #batches: Batch[] = [];

  /** @param most - batches that it looks back on */
  constructor(
    readonly features: FourierFeatures,
    private readonly most: number,
  ) {}

  get batches(): number {
    return this.#batches.length;
  }

  /** Takes the batch of a step; throws what {@link FourierFeatures.partMeans} does. */
  add(step: number, a: Sample, b: Sample): void {
    const [ofA, ofB] = [this.features.partMeans(a), this.features.partMeans(b)];
    const difference = combined(ofA, shares(a.count));
    const second = combined(ofB, shares(b.count));
    for (let at = 0; at < difference.length; at++) difference[at]! -= second[at]!;
    const noise = noiseOf(ofA, a.count, ofB, b.count);
    this.#batches.push({ step, n: a.count, m: b.count, difference, noise });
    if (this.#batches.length > this.most) this.#batches.shift();
  }

  /**
   * Returns the estimate; there must be two batches at least.
   *
   * When nothing differs but the choice of the images, and each of them comes again only after all
   * others, the mean of δ has the covariance C = Σa(1/n + cₐ) + Σb(1/m + c_b) in which c, about
   * 1/N once N images have come several times, is the chance that two batches share an image beside
   * what is subtracted. Of the squared length of such a Gaussian vector, tr C on average, the
   * estimate takes off what single batches explain; the floors are its quantiles.
   *
   * @param distinct - how many images each domain draws from
   */
  estimate(distinct: readonly [number, number]): WindowMmd {
    const batches = this.#batches;
    const [first, last] = [batches[0]!, batches.at(-1)!];
    const count = batches.length;
    const sum = new Float64Array(this.features.size);
    let squares = 0;
    for (const { difference } of batches) {
      for (let at = 0; at < sum.length; at++) sum[at]! += difference[at]!;
      squares += dot(difference, difference);
    }
    const mmd2 = (dot(sum, sum) - squares) / (count * (count - 1));
    const total = (value: (batch: Batch) => number): number =>
      batches.reduce((sum, batch) => sum + value(batch), 0);
    const mean = (value: (noise: Noise) => number): number =>
      total(({ noise }) => value(noise)) / count;
    const [n, m] = [total((batch) => batch.n), total((batch) => batch.m)];
    // Training draws batches of the same size in the steps between, too.
    const drawnPerPoint = (last.step - first.step + 1) / count;
    const again = (images: number, points: number): number =>
      Math.max(0, 1 / images - 1 / (points * drawnPerPoint));
    const [againA, againB] = [again(distinct[0], n), again(distinct[1], m)];
    const [shareA, shareB] = [1 / n + againA, 1 / m + againB];
    const [traceA, traceB] = [mean(({ a }) => a), mean(({ b }) => b)];
    const trace = traceA * shareA + traceB * shareB;
    const traceOfSquare =
      mean(({ aa }) => aa) * shareA ** 2 +
      mean(({ bb }) => bb) * shareB ** 2 +
      2 * mean(({ ab }) => ab) * shareA * shareB;
    const expected = traceA * againA + traceB * againB;
    const floor = (level: number): number => {
      if (trace === 0) return 0;
      const components = this.features.size;
      const squares = (components ** 2 * traceOfSquare) / trace ** 2;
      const correlationSquares = Math.min(Math.max(squares, components), components ** 2);
      const quantile = chiSquareSumQuantile(components, correlationSquares, level);
      return expected + trace * (quantile / components - 1);
    };
    return {
      mmd2,
      expected,
      floor95: floor(0.05),
      floor99: floor(0.01),
      batches: count,
      fromStep: first.step,
      n,
      m,
    };
  }
}

/** The part of all points that each part has. */
function shares(count: number): number[] {
  return Array.from({ length: PARTS }, (_, part) => partCount(count, part) / count);
}

function noiseOf(
  ofA: readonly Float64Array[],
  n: number,
  ofB: readonly Float64Array[],
  m: number,
): Noise {
  const contrastsOf = (means: readonly Float64Array[], count: number): Float64Array[] => {
    // So that each has the covariance Σ.
    const scale = 1 / Math.sqrt(shares(count).reduce((sum, share) => sum + 1 / (share * count), 0));
    return CONTRASTS.map((signs) =>
      combined(
        means,
        signs.map((sign) => sign * scale),
      ),
    );
  };
  const [a, b] = [contrastsOf(ofA, n), contrastsOf(ofB, m)];
  const mean = (
    x: readonly Float64Array[],
    y: readonly Float64Array[],
    isWanted: (i: number, j: number) => boolean,
    power: number,
  ): number => {
    const products = x.flatMap((first, i) =>
      y.flatMap((second, j) => (isWanted(i, j) ? [dot(first, second) ** power] : [])),
    );
    return products.reduce((sum, product) => sum + product, 0) / products.length;
  };
  const same = (i: number, j: number) => i === j;
  const before = (i: number, j: number) => i < j;
  return {
    a: mean(a, a, same, 1),
    b: mean(b, b, same, 1),
    aa: mean(a, a, before, 2),
    bb: mean(b, b, before, 2),
    ab: mean(a, b, () => true, 2),
  };
}

/** Adds up vectors with weights. */
function combined(vectors: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(vectors[0]!.length);
  vectors.forEach((vector, index) => {
    const weight = weights[index]!;
    for (let at = 0; at < sum.length; at++) sum[at]! += weight * vector[at]!;
  });
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
