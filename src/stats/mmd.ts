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

/** σ² of the kernels in units of the mean squared distance. */
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
  const withinA = squaredDistances(a, a);
  const withinB = squaredDistances(b, b);
  const between = squaredDistances(a, b);
  // Each pair within a sample is in its matrix twice.
  const meanSquare = (sum(withinA) + sum(withinB) + 2 * sum(between)) / ((n + m) * (n + m - 1));
  const squaredBandwidths = BANDWIDTH_FACTORS.map((factor) => factor * meanSquare);
  const mmd2 =
    meanSquare === 0
      ? 0
      : (kernelSum(withinA, squaredBandwidths) - n * squaredBandwidths.length) / (n * (n - 1)) +
        (kernelSum(withinB, squaredBandwidths) - m * squaredBandwidths.length) / (m * (m - 1)) -
        (2 * kernelSum(between, squaredBandwidths)) / (n * m);
  return { mmd2, estimator: 'unbiased', bandwidths: squaredBandwidths.map(Math.sqrt), n, m };
}

/** Returns ‖x − y‖² of every x of one sample and y of another, [x.count · y.count]. */
function squaredDistances(x: Sample, y: Sample): Float64Array {
  const distances = new Float64Array(x.count * y.count);
  for (let i = 0; i < x.count; i++) {
    for (let j = 0; j < y.count; j++) {
      let square = 0;
      for (let k = 0; k < x.dimensions; k++) {
        const difference = x.values[i * x.dimensions + k]! - y.values[j * y.dimensions + k]!;
        square += difference * difference;
      }
      distances[i * y.count + j] = square;
    }
  }
  return distances;
}

function kernelSum(distances: Float64Array, squaredBandwidths: readonly number[]): number {
  let total = 0;
  for (const squaredBandwidth of squaredBandwidths) {
    for (const distance of distances) total += Math.exp(-distance / (2 * squaredBandwidth));
  }
  return total;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
