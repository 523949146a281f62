import type { DomainMoments } from './moments.ts';

/** Sums over pairs of components of weight · weight · squared correlation. */
export interface CorrelationSquares {
  /** Over all pairs of means, a mean with itself included. */
  readonly means: number;
  /** Over all pairs of log variances, likewise. */
  readonly logVariances: number;
  /** Over all pairs of a mean and a log variance. */
  readonly between: number;
}

/**
 * Estimates Σ w·w·r² over pairs of components of a divergence: with all weights 1, over all pairs,
 * tr(R²), where R is the correlation matrix of their errors.
 *
 * K components vary together like K² / tr(R²) independent ones (Satterthwaite 1946): from K if no
 * two are correlated down to 1 if all are the same. When nothing differs, both domains have this R,
 * and estimate it from different images, so the product of their estimates does not take chance
 * for correlation as the square of either would. tr(R_a·R_b) is the sum of the squared products of
 * each image's standardized influences in a with each image's in b: n·m·K multiplications and no
 * K x K matrix.
 *
 * @param weights of the components, [2 · channels]: means, then log variances; at 0 one is left out
 * @returns NaN for fewer than two images of a domain
 */
export function correlationSquares(
  a: DomainMoments,
  b: DomainMoments,
  weights: ArrayLike<number>,
): CorrelationSquares {
  const components = Array.from(weights, (_, component) => component).filter(
    (component) => weights[component] !== 0,
  );
  const count = components.length;
  const means = components.filter((component) => component < a.channels).length;
  const ofA = standardizedInfluences(a, components, weights);
  const ofB = standardizedInfluences(b, components, weights);
  const ofMeans = new Float64Array(4);
  const ofLogVariances = new Float64Array(4);
  let squaresOfMeans = 0;
  let squaresOfLogVariances = 0;
  let between = 0;
  for (let i = 0; i < ofA.length; i += 2 * count) {
    for (let j = 0; j < ofB.length; j += 2 * count) {
      products(ofA, i, ofB, j, count, 0, means, ofMeans);
      products(ofA, i, ofB, j, count, means, count, ofLogVariances);
      for (let pair = 0; pair < 4; pair++) {
        const mean = ofMeans[pair]!;
        const logVariance = ofLogVariances[pair]!;
        squaresOfMeans += mean * mean;
        squaresOfLogVariances += logVariance * logVariance;
        between += mean * logVariance;
      }
    }
  }
  return { means: squaresOfMeans, logVariances: squaresOfLogVariances, between };
}

/**
 * Puts into `sums` the products of two images in a with two in b over the components from … to:
 * with two images of each at a time, every number that is read serves two products.
 */
function products(
  ofA: Float64Array,
  i: number,
  ofB: Float64Array,
  j: number,
  count: number,
  from: number,
  to: number,
  sums: Float64Array,
): void {
  let [ac, ad, bc, bd] = [0, 0, 0, 0];
  for (let k = from; k < to; k++) {
    const a = ofA[i + k]!;
    const b = ofA[i + count + k]!;
    const c = ofB[j + k]!;
    const d = ofB[j + count + k]!;
    ac += a * c;
    ad += a * d;
    bc += b * c;
    bd += b * d;
  }
  sums[0] = ac;
  sums[1] = ad;
  sums[2] = bc;
  sums[3] = bd;
}

/**
 * Returns each image's influence on each component, [images, components]; columns of length √w. An
 * odd number of images gets one more that has no influence.
 */
function standardizedInfluences(
  moments: DomainMoments,
  components: readonly number[],
  weights: ArrayLike<number>,
): Float64Array {
  const { images, channels, meanInfluence, logVarianceInfluence } = moments;
  const { meanSe, logVarianceSe } = moments;
  const perError = Math.sqrt(images * (images - 1));
  const standardized = new Float64Array((images + (images % 2)) * components.length);
  components.forEach((component, column) => {
    const channel = component % channels;
    const influence = component < channels ? meanInfluence : logVarianceInfluence;
    const error = (component < channels ? meanSe : logVarianceSe)[channel]!;
    // A channel that is constant in one domain is correlated with no other there.
    const isConstant = error === 0 || moments.variance[channel] === 0;
    const scale = isConstant ? 0 : Math.sqrt(weights[component]!) / (error * perError);
    for (let image = 0; image < images; image++) {
      const value = isConstant ? 0 : influence[image * channels + channel]! * scale;
      standardized[image * components.length + column] = value;
    }
  });
  return standardized;
}
