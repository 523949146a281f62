import { log } from './logarithm';

/*
 * The loops of src/stats/divergence.ts over images and channels, two channels at a time: to the same
 * bits by channel, to rounding in sums over channels. Whatever is behind an odd last channel is
 * masked out of sums, and what comes of it stays in memory that nobody reads.
 */

/**
 * Does what `DivergenceMemory.compare` does. Of a and b: means, variances and standard errors,
 * float64 [channels]; then all that it fills in.
 */
export function compare(
  channels: i32,
  resolution: f64,
  meanA: usize,
  varianceA: usize,
  meanSeA: usize,
  logVarianceSeA: usize,
  meanB: usize,
  varianceB: usize,
  meanSeB: usize,
  logVarianceSeB: usize,
  gaps: usize,
  meanZ: usize,
  logVarianceZ: usize,
  sigmaPerSe: usize,
  contributes: usize,
  gapByMean: usize,
  gapByLogVarianceA: usize,
  gapByLogVarianceB: usize,
  ratios: usize,
  totals: usize,
): void {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const half = f64x2.splat(0.5);
  const quarter = f64x2.splat(0.25);
  const finest = f64x2.splat(resolution);
  let gapCount = zero;
  let gapSquares = zero;
  let gapErrors = zero;
  let ratioCount = zero;
  let ratioSquares = zero;
  let ratioErrors = zero;
  for (let c = 0; c < channels; c += 2) {
    const at = (<usize>c) << 3;
    const isPair = c + 1 < channels;
    const ofA = v128.load(varianceA + at);
    const ofB = v128.load(varianceB + at);
    const sigma = f64x2.sqrt(f64x2.mul(f64x2.add(ofA, ofB), half));
    // Conditions are written so that NaN contributes, and so shows, rather than vanishes.
    const isVaried = v128.and(f64x2.ne(sigma, zero), i64x2(-1, isPair ? -1 : 0));

    const meanSe = hypotenuse(v128.load(meanSeA + at), v128.load(meanSeB + at));
    const isGap = v128.andnot(isVaried, f64x2.le(meanSe, f64x2.mul(finest, sigma)));
    const difference = f64x2.sub(v128.load(meanA + at), v128.load(meanB + at));
    const gap = v128.and(isGap, f64x2.div(difference, sigma));
    const error = v128.and(isGap, f64x2.div(meanSe, sigma));
    const perSigma = v128.and(isGap, f64x2.div(gap, sigma));
    // σ errs too: ∂gap / ∂ln variance = −gap · (the variance's part of 2σ²) / 2.
    const perVariance = f64x2.mul(f64x2.mul(perSigma, perSigma), quarter);
    const meanContributes = v128.and(isGap, one);
    gapCount = f64x2.add(gapCount, meanContributes);
    gapSquares = f64x2.add(gapSquares, f64x2.mul(gap, gap));
    gapErrors = f64x2.add(gapErrors, f64x2.mul(error, error));
    v128.store(gaps + at, gap);
    v128.store(meanZ + at, v128.and(isGap, f64x2.div(difference, meanSe)));
    const halfError = f64x2.mul(f64x2.mul(meanSe, meanSe), half);
    const unbiasedSigma = f64x2.sqrt(f64x2.add(f64x2.mul(sigma, sigma), halfError));
    v128.store(sigmaPerSe + at, v128.and(isGap, f64x2.div(unbiasedSigma, meanSe)));
    v128.store(gapByMean + at, perSigma);
    v128.store(gapByLogVarianceA + at, f64x2.neg(f64x2.mul(perVariance, ofA)));
    v128.store(gapByLogVarianceB + at, f64x2.mul(perVariance, ofB));

    const areVaried = v128.and(isVaried, v128.and(f64x2.ne(ofA, zero), f64x2.ne(ofB, zero)));
    const ratioSe = hypotenuse(v128.load(logVarianceSeA + at), v128.load(logVarianceSeB + at));
    const isRatio = v128.andnot(areVaried, f64x2.le(ratioSe, finest));
    const quotient = f64x2.div(ofA, ofB);
    const logarithms = f64x2(
      log(f64x2.extract_lane(quotient, 0)),
      log(f64x2.extract_lane(quotient, 1)),
    );
    const ratio = v128.and(isRatio, logarithms);
    const ownError = v128.and(isRatio, ratioSe);
    const logVarianceContributes = v128.and(isRatio, one);
    ratioCount = f64x2.add(ratioCount, logVarianceContributes);
    ratioSquares = f64x2.add(ratioSquares, f64x2.mul(ratio, ratio));
    ratioErrors = f64x2.add(ratioErrors, f64x2.mul(ownError, ownError));
    v128.store(ratios + at, ratio);
    v128.store(logVarianceZ + at, v128.and(isRatio, f64x2.div(ratio, ratioSe)));

    const ofLogVariances = contributes + ((<usize>channels) << 3);
    if (isPair) {
      v128.store(contributes + at, meanContributes);
      v128.store(ofLogVariances + at, logVarianceContributes);
    } else {
      v128.store64_lane(contributes + at, meanContributes, 0);
      v128.store64_lane(ofLogVariances + at, logVarianceContributes, 0);
    }
  }
  f64.store(totals, total(gapCount));
  f64.store(totals, total(gapSquares), 8);
  f64.store(totals, total(gapErrors), 16);
  f64.store(totals, total(ratioCount), 24);
  f64.store(totals, total(ratioSquares), 32);
  f64.store(totals, total(ratioErrors), 40);
}

/** Does what `DivergenceMemory.addErrors` does; influences are float64 [images, channels]. */
export function addErrors(
  images: i32,
  channels: i32,
  meanInfluence: usize,
  logVarianceInfluence: usize,
  gapByMean: usize,
  gapByLogVariance: usize,
  ratios: usize,
  errors: usize,
): void {
  const zero = f64x2.splat(0);
  const pairs = <f64>images * (<f64>images - 1);
  for (let image = 0; image < images; image++) {
    let onMean = zero;
    let onLogVariance = zero;
    let onRatio = zero;
    let c = 0;
    for (; c + 1 < channels; c += 2) {
      const at = (<usize>c) << 3;
      const byMean = v128.load(gapByMean + at);
      const byLogVariance = v128.load(gapByLogVariance + at);
      const byRatio = v128.load(ratios + at);
      const influence = v128.load(logVarianceInfluence + at);
      // Where the variance is 0, so are its weights, and its logarithm has no influence to weigh.
      const ofGap = v128.and(f64x2.mul(byLogVariance, influence), f64x2.ne(byLogVariance, zero));
      const ofRatio = v128.and(f64x2.mul(byRatio, influence), f64x2.ne(byRatio, zero));
      onMean = f64x2.add(onMean, f64x2.mul(byMean, v128.load(meanInfluence + at)));
      onLogVariance = f64x2.add(onLogVariance, ofGap);
      onRatio = f64x2.add(onRatio, ofRatio);
    }
    let gap = total(onMean) + total(onLogVariance);
    let ratio = total(onRatio);
    if (c < channels) {
      const at = (<usize>c) << 3;
      const byLogVariance = f64.load(gapByLogVariance + at);
      const byRatio = f64.load(ratios + at);
      const influence = f64.load(logVarianceInfluence + at);
      gap += f64.load(gapByMean + at) * f64.load(meanInfluence + at);
      if (byLogVariance !== 0) gap += byLogVariance * influence;
      if (byRatio !== 0) ratio += byRatio * influence;
    }
    f64.store(errors, f64.load(errors) + (gap * gap) / pairs);
    f64.store(errors, f64.load(errors, 8) + (ratio * ratio) / pairs, 8);
    meanInfluence += (<usize>channels) << 3;
    logVarianceInfluence += (<usize>channels) << 3;
  }
}

/** Returns √(a² + b²). */
function hypotenuse(a: v128, b: v128): v128 {
  return f64x2.sqrt(f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b)));
}

function total(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}
