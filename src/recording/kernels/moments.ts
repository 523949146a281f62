import { log } from './logarithm';

/**
 * The loops of src/stats/moments.ts over images and channels, two channels at a time and to the same
 * bits. An odd last channel has the next image's first for its partner; what comes of that stays in
 * memory that nobody reads.
 */

/**
 * The series of ln(1 − x), then the largest x² that it is for. In memory, as to make a vector of a
 * constant takes a few instructions.
 */
const SERIES = memory.data<f64>(
  [
    1.0 / 9,
    1.0 / 9,
    1.0 / 7,
    1.0 / 7,
    1.0 / 5,
    1.0 / 5,
    1.0 / 3,
    1.0 / 3,
    1,
    1,
    1.0 / 16,
    1.0 / 16,
  ],
  16,
);

/** Adds the images' sums, float32 [images, channels, 2], to `mean` and `square`, float64 [channels]. */
export function addUp(images: i32, channels: i32, sums: usize, mean: usize, square: usize): void {
  for (let image = 0; image < images; image++) {
    for (let c = 0; c < channels; c += 2) {
      const at = sums + ((<usize>c) << 3);
      const to = (<usize>c) << 3;
      const pair = v128.load(at);
      v128.store(mean + to, f64x2.add(v128.load(mean + to), firsts(pair)));
      v128.store(square + to, f64x2.add(v128.load(square + to), seconds(pair)));
    }
    sums += (<usize>channels) << 3;
  }
}

/**
 * Writes each image's influences, float64 [images, channels], and adds their squares to `meanSe` and
 * `logVarianceSe`, float64 [channels].
 */
export function addInfluences(
  images: i32,
  channels: i32,
  pixels: f64,
  sums: usize,
  mean: usize,
  square: usize,
  perVariance: usize,
  meanSe: usize,
  logVarianceSe: usize,
  meanInfluence: usize,
  logVarianceInfluence: usize,
): void {
  const others = <f64>images - 1;
  const perOther = f64x2.splat(1 / others);
  const perPixel = f64x2.splat(1 / pixels);
  const mostLost = f64x2.splat(1 - 1 / <f64>images);
  const minusOthers = f64x2.splat(-others);
  const ninth = v128.load(SERIES);
  const seventh = v128.load(SERIES, 16);
  const fifth = v128.load(SERIES, 32);
  const third = v128.load(SERIES, 48);
  const one = v128.load(SERIES, 64);
  const sixteenth = v128.load(SERIES, 80);
  const two = f64x2.add(one, one);
  const minusTwo = f64x2.neg(two);
  for (let image = 0; image < images; image++) {
    for (let c = 0; c < channels; c += 2) {
      const to = (<usize>c) << 3;
      const pair = v128.load(sums + to);
      const offset = v128.load(mean + to);
      const onMean = f64x2.sub(f64x2.mul(firsts(pair), perPixel), offset);
      const excess = f64x2.sub(
        f64x2.sub(f64x2.mul(seconds(pair), perPixel), v128.load(square + to)),
        f64x2.mul(f64x2.mul(two, offset), onMean),
      );
      const onMeanSquare = f64x2.mul(onMean, onMean);
      const lost = f64x2.mul(
        v128.load(perVariance + to),
        f64x2.add(excess, f64x2.mul(onMeanSquare, perOther)),
      );
      const x = f64x2.pmin(lost, mostLost);

      // ln(1 − x), as `logOneMinus` in src/stats/moments.ts.
      const s = f64x2.div(x, f64x2.sub(two, x));
      const q = f64x2.mul(s, s);
      let sum = f64x2.add(seventh, f64x2.mul(q, ninth));
      sum = f64x2.add(fifth, f64x2.mul(q, sum));
      sum = f64x2.add(third, f64x2.mul(q, sum));
      sum = f64x2.add(one, f64x2.mul(q, sum));
      let logarithm = f64x2.mul(f64x2.mul(minusTwo, s), sum);
      const isSmall = f64x2.le(f64x2.mul(x, x), sixteenth);
      // Not v128.all_true, which takes longer than all the rest.
      if (i64x2.bitmask(isSmall) !== 3) logarithm = v128.bitselect(logarithm, exact(x), isSmall);

      const onLogVariance = f64x2.mul(minusOthers, logarithm);
      v128.store(meanSe + to, f64x2.add(v128.load(meanSe + to), onMeanSquare));
      v128.store(
        logVarianceSe + to,
        f64x2.add(v128.load(logVarianceSe + to), f64x2.mul(onLogVariance, onLogVariance)),
      );
      if (c + 1 < channels) {
        v128.store(meanInfluence + to, onMean);
        v128.store(logVarianceInfluence + to, onLogVariance);
      } else {
        v128.store64_lane(meanInfluence + to, onMean, 0);
        v128.store64_lane(logVarianceInfluence + to, onLogVariance, 0);
      }
    }
    sums += (<usize>channels) << 3;
    meanInfluence += (<usize>channels) << 3;
    logVarianceInfluence += (<usize>channels) << 3;
  }
}

function exact(x: v128): v128 {
  return f64x2(log(1 - f64x2.extract_lane(x, 0)), log(1 - f64x2.extract_lane(x, 1)));
}

/** Σ(x − shift) of two channels. */
function firsts(pair: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(pair, pair, 0, 2, 0, 2));
}

/** Σ(x − shift)² of two channels. */
function seconds(pair: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(pair, pair, 1, 3, 1, 3));
}
