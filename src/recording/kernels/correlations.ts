/*
 * The loops of src/stats/correlationSquares.ts, to rounding. An image's standardized influences are
 * float64 [2 · half]: those on means, then those on log variances, each filled up to whole vectors
 * with zeros; an odd number of images with one more that has no influence.
 */

/** Bytes of a vector. */
const VECTOR: usize = 16;

/**
 * Writes `standardized` influences from the influences on means or log variances, float64
 * [images, channels], their standard errors and the weights, float64 [channels]; 0 where the variance
 * or the weight is. `scales` is memory for [channels].
 */
export function standardize(
  images: i32,
  channels: i32,
  influence: usize,
  errors: usize,
  variance: usize,
  weights: usize,
  scales: usize,
  standardized: usize,
): void {
  const perError = Math.sqrt(<f64>images * (<f64>images - 1));
  for (let c = 0; c < channels; c++) {
    const at = (<usize>c) << 3;
    const error = f64.load(errors + at);
    const weight = f64.load(weights + at);
    const isConstant = error === 0 || f64.load(variance + at) === 0;
    const scale = isConstant || weight === 0 ? 0 : Math.sqrt(weight) / (error * perError);
    f64.store(scales + at, scale);
  }
  const zero = f64x2.splat(0);
  const row = rowBytes(channels);
  for (let image = 0; image < images; image++) {
    for (let c = 0; c < channels; c += 2) {
      const at = (<usize>c) << 3;
      const scale = v128.load(scales + at);
      const scaled = f64x2.mul(v128.load(influence + at), scale);
      // A variance of 0 has a logarithm with influences of NaN.
      let value = v128.and(scaled, f64x2.ne(scale, zero));
      if (c + 1 === channels) value = f64x2.replace_lane(value, 1, 0);
      v128.store(standardized + at, value);
    }
    influence += (<usize>channels) << 3;
    standardized += row;
  }
  if ((images & 1) === 1) memory.fill(standardized, 0, row >> 1);
}

/**
 * Adds up the products of each image's standardized influences in a with each one's in b, two by two
 * so that every number that is read serves two products: writes Σ mean², Σ variance² and
 * Σ mean · variance to `sums`, float64 [3].
 */
export function multiply(
  imagesA: i32,
  imagesB: i32,
  channels: i32,
  standardizedA: usize,
  standardizedB: usize,
  sums: usize,
): void {
  const half = rowBytes(channels) >> 1;
  const row = half << 1;
  let means = f64x2.splat(0);
  let variances = f64x2.splat(0);
  let between = f64x2.splat(0);
  for (let i = 0; i < imagesA; i += 2, standardizedA += row << 1) {
    let ofB = standardizedB;
    for (let j = 0; j < imagesB; j += 2, ofB += row << 1) {
      let meanAC = f64x2.splat(0);
      let meanAD = f64x2.splat(0);
      let meanBC = f64x2.splat(0);
      let meanBD = f64x2.splat(0);
      let varianceAC = f64x2.splat(0);
      let varianceAD = f64x2.splat(0);
      let varianceBC = f64x2.splat(0);
      let varianceBD = f64x2.splat(0);
      for (let at: usize = 0; at < half; at += VECTOR) {
        let a = v128.load(standardizedA + at);
        let b = v128.load(standardizedA + at + row);
        let c = v128.load(ofB + at);
        let d = v128.load(ofB + at + row);
        meanAC = f64x2.add(meanAC, f64x2.mul(a, c));
        meanAD = f64x2.add(meanAD, f64x2.mul(a, d));
        meanBC = f64x2.add(meanBC, f64x2.mul(b, c));
        meanBD = f64x2.add(meanBD, f64x2.mul(b, d));
        a = v128.load(standardizedA + at + half);
        b = v128.load(standardizedA + at + half + row);
        c = v128.load(ofB + at + half);
        d = v128.load(ofB + at + half + row);
        varianceAC = f64x2.add(varianceAC, f64x2.mul(a, c));
        varianceAD = f64x2.add(varianceAD, f64x2.mul(a, d));
        varianceBC = f64x2.add(varianceBC, f64x2.mul(b, c));
        varianceBD = f64x2.add(varianceBD, f64x2.mul(b, d));
      }
      const meanA = totals(meanAC, meanAD);
      const meanB = totals(meanBC, meanBD);
      const varianceA = totals(varianceAC, varianceAD);
      const varianceB = totals(varianceBC, varianceBD);
      means = f64x2.add(means, f64x2.add(f64x2.mul(meanA, meanA), f64x2.mul(meanB, meanB)));
      variances = f64x2.add(
        variances,
        f64x2.add(f64x2.mul(varianceA, varianceA), f64x2.mul(varianceB, varianceB)),
      );
      between = f64x2.add(
        between,
        f64x2.add(f64x2.mul(meanA, varianceA), f64x2.mul(meanB, varianceB)),
      );
    }
  }
  f64.store(sums, total(means));
  f64.store(sums, total(variances), 8);
  f64.store(sums, total(between), 16);
}

/** Bytes of an image's standardized influences. */
function rowBytes(channels: i32): usize {
  return (<usize>(channels + (channels & 1))) << 4;
}

/** Returns the totals of two vectors. */
function totals(a: v128, b: v128): v128 {
  return f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3));
}

function total(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}
