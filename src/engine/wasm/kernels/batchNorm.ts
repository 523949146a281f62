import { scratch } from './scratch';

/** Pixels of this many floats are read from memory once, however many channels they have. */
const BLOCK_FLOATS = 4096;

/**
 * Writes Σ(x − shift) and Σ(x − shift)² over each image's pixels to `sums`, [images, channels, 2],
 * and adds them to `totals`, float64 [channels, 2], through scratch memory of the same size: in
 * double precision, as one shift is not near the values of every domain.
 */
export function sumImages(
  x: usize,
  shift: usize,
  images: i32,
  pixels: i32,
  channels: i32,
  sums: usize,
  totals: usize,
): void {
  for (let image = 0; image < images; image++) {
    memory.fill(scratch, 0, (<usize>channels) << 4);
    addMoments(x, shift, pixels, channels, scratch);
    for (let k: usize = 0; k < <usize>(2 * channels); k++) {
      const sum = load<f64>(scratch + (k << 3));
      store<f32>(sums + (k << 2), <f32>sum);
      store<f64>(totals + (k << 3), load<f64>(totals + (k << 3)) + sum);
    }
    x += (<usize>(pixels * channels)) << 2;
    sums += (<usize>channels) << 3;
  }
}

function addMoments(x: usize, shift: usize, pixels: i32, channels: i32, totals: usize): void {
  const stride = (<usize>channels) << 2;
  const block = max(1, BLOCK_FLOATS / channels);
  for (let first = 0; first < pixels; first += block) {
    const count = min(block, pixels - first);
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const total = totals + ((<usize>c) << 4);
      const center = v128.load(shift + ((<usize>c) << 2));
      const center0 = lowDoubles(center);
      const center1 = highDoubles(center);
      let sum0 = pairOf(total, 0, 2);
      let sum1 = pairOf(total, 4, 6);
      let square0 = pairOf(total, 1, 3);
      let square1 = pairOf(total, 5, 7);
      let at = x + ((<usize>c) << 2);
      for (let pixel = 0; pixel < count; pixel++, at += stride) {
        const values = v128.load(at);
        const d0 = f64x2.sub(lowDoubles(values), center0);
        const d1 = f64x2.sub(highDoubles(values), center1);
        sum0 = f64x2.add(sum0, d0);
        sum1 = f64x2.add(sum1, d1);
        square0 = f64x2.add(square0, f64x2.mul(d0, d0));
        square1 = f64x2.add(square1, f64x2.mul(d1, d1));
      }
      storeTotals(total, sum0, square0);
      storeTotals(total + 32, sum1, square1);
    }
    for (; c < channels; c++) {
      const total = totals + ((<usize>c) << 4);
      const center = <f64>load<f32>(shift + ((<usize>c) << 2));
      let sum = load<f64>(total);
      let square = load<f64>(total, 8);
      let at = x + ((<usize>c) << 2);
      for (let pixel = 0; pixel < count; pixel++, at += stride) {
        const d = <f64>load<f32>(at) - center;
        sum += d;
        square += d * d;
      }
      store<f64>(total, sum);
      store<f64>(total, square, 8);
    }
    x += <usize>count * stride;
  }
}

/**
 * Adds Σ dy and Σ dy·(x − mean) over pixels to `totals`, float64 [channels, 2]; dy counts as 0 where
 * (x − center)·scale + offset ≤ 0. `gate` holds center, scale and offset, [3, channels].
 */
export function sumGradients(
  dy: usize,
  x: usize,
  mean: usize,
  pixels: i32,
  channels: i32,
  gate: usize,
  totals: usize,
): void {
  const stride = (<usize>channels) << 2;
  const block = max(1, BLOCK_FLOATS / channels);
  for (let first = 0; first < pixels; first += block) {
    const count = min(block, pixels - first);
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const total = totals + ((<usize>c) << 4);
      const center = v128.load(mean + ((<usize>c) << 2));
      const center0 = lowDoubles(center);
      const center1 = highDoubles(center);
      const gateCenter = v128.load(gate + ((<usize>c) << 2));
      const gateScale = v128.load(gate + ((<usize>(channels + c)) << 2));
      const gateOffset = v128.load(gate + ((<usize>(2 * channels + c)) << 2));
      let sum0 = pairOf(total, 0, 2);
      let sum1 = pairOf(total, 4, 6);
      let product0 = pairOf(total, 1, 3);
      let product1 = pairOf(total, 5, 7);
      let at: usize = (<usize>c) << 2;
      for (let pixel = 0; pixel < count; pixel++, at += stride) {
        const values = v128.load(x + at);
        const z = affine(values, gateCenter, gateScale, gateOffset);
        const gradients = v128.andnot(v128.load(dy + at), f32x4.le(z, f32x4.splat(0)));
        const g0 = lowDoubles(gradients);
        const g1 = highDoubles(gradients);
        sum0 = f64x2.add(sum0, g0);
        sum1 = f64x2.add(sum1, g1);
        product0 = f64x2.add(product0, f64x2.mul(g0, f64x2.sub(lowDoubles(values), center0)));
        product1 = f64x2.add(product1, f64x2.mul(g1, f64x2.sub(highDoubles(values), center1)));
      }
      storeTotals(total, sum0, product0);
      storeTotals(total + 32, sum1, product1);
    }
    for (; c < channels; c++) {
      const total = totals + ((<usize>c) << 4);
      const center = <f64>load<f32>(mean + ((<usize>c) << 2));
      let sum = load<f64>(total);
      let product = load<f64>(total, 8);
      const gateCenter = load<f32>(gate + ((<usize>c) << 2));
      const gateScale = load<f32>(gate + ((<usize>(channels + c)) << 2));
      const gateOffset = load<f32>(gate + ((<usize>(2 * channels + c)) << 2));
      let at: usize = (<usize>c) << 2;
      for (let pixel = 0; pixel < count; pixel++, at += stride) {
        const value = load<f32>(x + at);
        if ((value - gateCenter) * gateScale + gateOffset <= 0) continue;
        const g = <f64>load<f32>(dy + at);
        sum += g;
        product += g * (<f64>value - center);
      }
      store<f64>(total, sum);
      store<f64>(total, product, 8);
    }
    x += <usize>count * stride;
    dy += <usize>count * stride;
  }
}

/**
 * Writes y = max((x − center)·scale + offset, floor) for `size` floats. `table` holds center, scale,
 * offset and floor, [4, period], for every channel in turn as often as makes `period` a multiple of
 * 4: so vectors run across pixels whatever the number of channels is.
 */
export function normalize(x: usize, y: usize, size: i32, table: usize, period: i32): void {
  const row = (<usize>period) << 2;
  const scale = table + row;
  const offset = scale + row;
  const floor = offset + row;
  const end = x + ((<usize>size) << 2);
  while (x < end) {
    const rest = min(row, end - x);
    let j: usize = 0;
    for (; j + 16 <= rest; j += 16) {
      const center = v128.load(table + j);
      const z = affine(v128.load(x + j), center, v128.load(scale + j), v128.load(offset + j));
      v128.store(y + j, f32x4.pmax(z, v128.load(floor + j)));
    }
    for (; j < rest; j += 4) {
      const d = load<f32>(x + j) - load<f32>(table + j);
      const z = d * load<f32>(scale + j) + load<f32>(offset + j);
      const least = load<f32>(floor + j);
      store<f32>(y + j, z < least ? least : z);
    }
    x += rest;
    y += rest;
  }
}

/**
 * Writes dx = (x − center)·byInput + dy·byGradient + level for `size` floats, where dy counts as 0
 * if (x − center)·scale + offset ≤ 0; `table` holds center, byInput, level, byGradient, scale and
 * offset, [6, period], as for {@link normalize}.
 */
export function normalizeGradient(
  dy: usize,
  x: usize,
  dx: usize,
  size: i32,
  table: usize,
  period: i32,
): void {
  const row = (<usize>period) << 2;
  const byInput = table + row;
  const level = byInput + row;
  const byGradient = level + row;
  const scale = byGradient + row;
  const offset = scale + row;
  const end = x + ((<usize>size) << 2);
  while (x < end) {
    const rest = min(row, end - x);
    let j: usize = 0;
    for (; j + 16 <= rest; j += 16) {
      const d = f32x4.sub(v128.load(x + j), v128.load(table + j));
      const z = f32x4.add(f32x4.mul(d, v128.load(scale + j)), v128.load(offset + j));
      const gradients = v128.andnot(v128.load(dy + j), f32x4.le(z, f32x4.splat(0)));
      const fromInput = f32x4.mul(d, v128.load(byInput + j));
      const fromGradient = f32x4.mul(gradients, v128.load(byGradient + j));
      v128.store(dx + j, f32x4.add(f32x4.add(fromInput, fromGradient), v128.load(level + j)));
    }
    for (; j < rest; j += 4) {
      const d = load<f32>(x + j) - load<f32>(table + j);
      const isShut = d * load<f32>(scale + j) + load<f32>(offset + j) <= 0;
      const g: f32 = isShut ? 0 : load<f32>(dy + j);
      const z = d * load<f32>(byInput + j) + g * load<f32>(byGradient + j);
      store<f32>(dx + j, z + load<f32>(level + j));
    }
    x += rest;
    dy += rest;
    dx += rest;
  }
}

/** Returns (x − center)·scale + offset, rounded alike wherever it is needed. */
export function affine(x: v128, center: v128, scale: v128, offset: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.sub(x, center), scale), offset);
}

function lowDoubles(values: v128): v128 {
  return f64x2.promote_low_f32x4(values);
}

function highDoubles(values: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 2, 3));
}

function pairOf(totals: usize, first: usize, second: usize): v128 {
  const low = f64x2.splat(load<f64>(totals + (first << 3)));
  return f64x2.replace_lane(low, 1, load<f64>(totals + (second << 3)));
}

/** Stores two channels' totals side by side, as [channels, 2] has them. */
function storeTotals(totals: usize, firsts: v128, seconds: v128): void {
  v128.store(totals, v128.shuffle<f64>(firsts, seconds, 0, 2));
  v128.store(totals, v128.shuffle<f64>(firsts, seconds, 1, 3), 16);
}
