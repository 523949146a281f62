/** Points in space, [count, dimensions] in row order. */
export interface Sample {
  readonly values: Float32Array;
  readonly count: number;
  readonly dimensions: number;
}

/** An estimate of the squared maximum mean discrepancy between two samples. */
export interface MmdEstimate {
  /** Zero on average when both samples come from one population, so about half are negative. */
  readonly mmd2: number;
  readonly estimator: 'unbiased';
  /** σ of each kernel exp(−‖x − y‖² / 2σ²), ascending, in the units of the values. */
  readonly bandwidths: readonly number[];
  readonly n: number;
  readonly m: number;
}

/** σ² of the kernels in units of the mean squared distance; each is twice the one before. */
const BANDWIDTH_FACTORS = [-3, -2, -1, 0, 1].map((exponent) => 2 ** exponent);

/**
 * Estimates MMD² with the sum of five Gaussian kernels (DAN, Long et al. 2015), without bias
 * (Gretton et al. 2012, eq. 3): no point is compared with itself.
 *
 * The mean squared distance that sets the bandwidths is over all pairs of distinct points of both
 * samples together. NaN or infinite values give NaN.
 *
 * @throws RangeError if a sample has fewer than two points or the dimensions differ
 */
export function unbiasedMmd(a: Sample, b: Sample): MmdEstimate {
  const { count: n, dimensions } = a;
  const { count: m } = b;
  if (n < 2 || m < 2) throw new RangeError(`cannot estimate MMD from ${n} and ${m} points`);
  if (b.dimensions !== dimensions) {
    throw new RangeError(`cannot compare ${dimensions} dimensions with ${b.dimensions}`);
  }
  const withinA = distancesWithin(a);
  const withinB = distancesWithin(b);
  const between = distancesBetween(a, b);
  const pairs = withinA.length + withinB.length + between.length;
  const meanSquare = (sum(withinA) + sum(withinB) + sum(between)) / pairs;
  const mmd2 =
    meanSquare === 0
      ? 0
      : kernelMean(withinA, meanSquare) +
        kernelMean(withinB, meanSquare) -
        2 * kernelMean(between, meanSquare);
  const bandwidths = BANDWIDTH_FACTORS.map((factor) => Math.sqrt(factor * meanSquare));
  return { mmd2, estimator: 'unbiased', bandwidths, n, m };
}

/** Returns ‖x − y‖² of every two different points of a sample, [count · (count − 1) / 2]. */
function distancesWithin(x: Sample): Float64Array {
  const distances = new Float64Array((x.count * (x.count - 1)) / 2);
  for (let i = 0, at = 0; i < x.count; i++) {
    for (let j = 0; j < i; j++, at++) distances[at] = squaredDistance(x, i, x, j);
  }
  return distances;
}

/** Returns ‖x − y‖² of every x of one sample and y of another, [x.count · y.count]. */
function distancesBetween(x: Sample, y: Sample): Float64Array {
  const distances = new Float64Array(x.count * y.count);
  for (let i = 0, at = 0; i < x.count; i++) {
    for (let j = 0; j < y.count; j++, at++) distances[at] = squaredDistance(x, i, y, j);
  }
  return distances;
}

function squaredDistance(x: Sample, i: number, y: Sample, j: number): number {
  const { dimensions } = x;
  const [fromX, fromY] = [i * dimensions, j * dimensions];
  let square = 0;
  for (let k = 0; k < dimensions; k++) {
    const difference = x.values[fromX + k]! - y.values[fromY + k]!;
    square += difference * difference;
  }
  return square;
}

/** Returns the mean of the sum of the five kernels over pairs of points. */
function kernelMean(distances: Float64Array, meanSquare: number): number {
  const widest = BANDWIDTH_FACTORS.at(-1)! * meanSquare;
  let total = 0;
  for (const distance of distances) {
    // Half the σ² squares the kernel.
    let kernel = Math.exp(-distance / (2 * widest));
    for (let narrower = BANDWIDTH_FACTORS.length; narrower > 0; narrower--) {
      total += kernel;
      kernel *= kernel;
    }
  }
  return total / distances.length;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
