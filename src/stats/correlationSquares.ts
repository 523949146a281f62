import type { DomainMoments } from './moments.ts';

/**
 * Estimates Σ r² over all pairs of components of a divergence (a component with itself included):
 * tr(R²), with R the correlation matrix of their errors.
 *
 * K components vary together like K² / tr(R²) independent ones (Satterthwaite 1946): from K if no
 * two are correlated down to 1 if all are the same. When nothing differs, both domains have this R,
 * and estimate it from different images, so the product of their estimates does not take chance
 * for correlation as the square of either would. tr(R_a·R_b) is the sum of the squared products of
 * each image's standardized influences in a with each image's in b: n·m·K multiplications and no
 * K x K matrix.
 *
 * @param contributes which components do, [2 · channels]: means, then log variances
 * @returns NaN for fewer than two images of a domain
 */
export function correlationSquares(
  a: DomainMoments,
  b: DomainMoments,
  contributes: readonly boolean[],
): number {
  const components = [...contributes.keys()].filter((component) => contributes[component]);
  const count = components.length;
  const ofA = standardizedInfluences(a, components);
  const ofB = standardizedInfluences(b, components);
  let squares = 0;
  // Two images of each at a time: every number that is read serves two products.
  for (let i = 0; i < ofA.length; i += 2 * count) {
    for (let j = 0; j < ofB.length; j += 2 * count) {
      let [ac, ad, bc, bd] = [0, 0, 0, 0];
      for (let k = 0; k < count; k++) {
        const a = ofA[i + k]!;
        const b = ofA[i + count + k]!;
        const c = ofB[j + k]!;
        const d = ofB[j + count + k]!;
        ac += a * c;
        ad += a * d;
        bc += b * c;
        bd += b * d;
      }
      squares += ac * ac + ad * ad + bc * bc + bd * bd;
    }
  }
  return squares;
}

/**
 * Returns each image's influence on each component, [images, components]; columns of length 1. An
 * odd number of images gets one more that has no influence.
 */
function standardizedInfluences(moments: DomainMoments, components: number[]): Float64Array {
  const { images, channels, meanInfluence, logVarianceInfluence } = moments;
  const { meanSe, logVarianceSe } = moments;
  const perError = Math.sqrt(images * (images - 1));
  const standardized = new Float64Array((images + (images % 2)) * components.length);
  components.forEach((component, column) => {
    const channel = component % channels;
    const influence = component < channels ? meanInfluence : logVarianceInfluence;
    const error = (component < channels ? meanSe : logVarianceSe)[channel]!;
    // A channel that is constant in one domain is correlated with no other there.
    const scale = error === 0 ? 0 : 1 / (error * perError);
    for (let image = 0; image < images; image++) {
      const value = influence[image * channels + channel]! * scale;
      standardized[image * components.length + column] = value;
    }
  });
  return standardized;
}
