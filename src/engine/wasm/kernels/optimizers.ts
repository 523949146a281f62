import { multiplyAdd } from './arithmetic';

/** What a step of Adam is taken with; names as in the kernel's attributes. */
@unmanaged
export class AdamSettings {
  gradientScale: f32;
  beta1: f32;
  oneMinusBeta1: f32;
  beta2: f32;
  oneMinusBeta2: f32;
  stepSize: f32;
  correction: f32;
  epsilon: f32;
  decay: f32;
}

/** Takes a step of Adam with `size` weights: writes them to `next`, and their moments in place. */
export function adamUpdate(
  weight: usize,
  gradient: usize,
  first: usize,
  second: usize,
  next: usize,
  size: i32,
  settings: AdamSettings,
): void {
  const scale = f32x4.splat(settings.gradientScale);
  const beta1 = f32x4.splat(settings.beta1);
  const oneMinusBeta1 = f32x4.splat(settings.oneMinusBeta1);
  const beta2 = f32x4.splat(settings.beta2);
  const oneMinusBeta2 = f32x4.splat(settings.oneMinusBeta2);
  const stepSize = f32x4.splat(settings.stepSize);
  const byCorrection = f32x4.splat(1 / settings.correction);
  const epsilon = f32x4.splat(settings.epsilon);
  const decay = f32x4.splat(settings.decay);
  const end = (<usize>size) << 2;
  for (let at: usize = 0; at < end; at += 16) {
    const rest = end - at;
    const w = loadUpTo4(weight + at, rest);
    const g = f32x4.mul(scale, loadUpTo4(gradient + at, rest));
    const m = f32x4.add(f32x4.mul(beta1, loadUpTo4(first + at, rest)), f32x4.mul(oneMinusBeta1, g));
    const v = f32x4.add(
      f32x4.mul(beta2, loadUpTo4(second + at, rest)),
      f32x4.mul(oneMinusBeta2, f32x4.mul(g, g)),
    );
    const spread = multiplyAdd(f32x4.sqrt(v), byCorrection, epsilon);
    const change = multiplyAdd(decay, w, f32x4.div(f32x4.mul(stepSize, m), spread));
    storeUpTo4(first + at, m, rest);
    storeUpTo4(second + at, v, rest);
    storeUpTo4(next + at, f32x4.sub(w, change), rest);
  }
}

/** What a step with momentum is taken with; names as in the kernel's attributes. */
@unmanaged
export class MomentumSettings {
  gradientScale: f32;
  weightDecay: f32;
  momentum: f32;
  stepSize: f32;
  byGradient: f32;
  byMomentum: f32;
}

/** Takes a step with `size` weights: writes them to `next`, and their momentum in place. */
export function momentumUpdate(
  weight: usize,
  gradient: usize,
  buffer: usize,
  next: usize,
  size: i32,
  settings: MomentumSettings,
): void {
  const scale = f32x4.splat(settings.gradientScale);
  const weightDecay = f32x4.splat(settings.weightDecay);
  const momentum = f32x4.splat(settings.momentum);
  const stepSize = f32x4.splat(settings.stepSize);
  const byGradient = f32x4.splat(settings.byGradient);
  const byMomentum = f32x4.splat(settings.byMomentum);
  const end = (<usize>size) << 2;
  for (let at: usize = 0; at < end; at += 16) {
    const rest = end - at;
    const w = loadUpTo4(weight + at, rest);
    const g = multiplyAdd(weightDecay, w, f32x4.mul(scale, loadUpTo4(gradient + at, rest)));
    const b = multiplyAdd(momentum, loadUpTo4(buffer + at, rest), g);
    const direction = multiplyAdd(byGradient, g, f32x4.mul(byMomentum, b));
    storeUpTo4(buffer + at, b, rest);
    storeUpTo4(next + at, f32x4.sub(w, f32x4.mul(stepSize, direction)), rest);
  }
}

/** Writes the sum of the squares of `size` floats to `total`, a float64. */
export function sumSquares(x: usize, size: i32, total: usize): void {
  const end = (<usize>size) << 2;
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let at: usize = 0; at < end; at += 16) {
    const values = loadUpTo4(x + at, end - at);
    const a = f64x2.promote_low_f32x4(values);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const sums = f64x2.add(low, high);
  store<f64>(total, f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1));
}

/** Loads four floats, or as many as `bytes` hold, and zeros. */
function loadUpTo4(address: usize, bytes: usize): v128 {
  if (bytes >= 16) return v128.load(address);
  let values = v128.load32_zero(address);
  if (bytes > 4) values = v128.load_lane<f32>(address, values, 1, 4);
  if (bytes > 8) values = v128.load_lane<f32>(address, values, 2, 8);
  return values;
}

/** Stores the first of four floats, as many as `bytes` hold. */
function storeUpTo4(address: usize, values: v128, bytes: usize): void {
  if (bytes >= 16) {
    v128.store(address, values);
    return;
  }
  v128.store_lane<f32>(address, values, 0);
  if (bytes > 4) v128.store_lane<f32>(address, values, 1, 4);
  if (bytes > 8) v128.store_lane<f32>(address, values, 2, 8);
}
