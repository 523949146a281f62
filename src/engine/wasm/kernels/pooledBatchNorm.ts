import { affine } from './batchNorm';

/**
 * Writes the largest y = max((x − center)·scale + offset, floor) of each square of 2 × 2 pixels, and
 * to `peaks` the x that it comes from. NaN is never largest: of nothing greater than -Infinity, y is
 * -Infinity and the peak NaN. There are `rows` times `columns` squares; `table` holds center, scale,
 * offset and floor, [4, channels].
 */
export function normalizeAndPool(
  x: usize,
  y: usize,
  peaks: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  table: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const row = 2 * <usize>columns * pixel;
  const scales = table + pixel;
  const offsets = scales + pixel;
  const floors = offsets + pixel;
  const lowest = f32x4.splat(-Infinity);
  for (; rows > 0; rows--) {
    for (let column = 0; column < columns; column++) {
      let c: usize = 0;
      for (; c + 16 <= pixel; c += 16) {
        const center = v128.load(table + c);
        const scale = v128.load(scales + c);
        const offset = v128.load(offsets + c);
        const floor = v128.load(floors + c);
        const first = v128.load(x + c);
        const second = v128.load(x + c + pixel);
        const third = v128.load(x + c + row);
        const fourth = v128.load(x + c + row + pixel);
        const z0 = f32x4.pmax(affine(first, center, scale, offset), floor);
        const z1 = f32x4.pmax(affine(second, center, scale, offset), floor);
        const z2 = f32x4.pmax(affine(third, center, scale, offset), floor);
        const z3 = f32x4.pmax(affine(fourth, center, scale, offset), floor);
        let largest = f32x4.pmax(f32x4.pmax(lowest, z0), z1);
        largest = f32x4.pmax(f32x4.pmax(largest, z2), z3);
        v128.store(y + c, largest);
        // The first of equals.
        let peak = v128.bitselect(third, fourth, f32x4.eq(z2, largest));
        peak = v128.bitselect(second, peak, f32x4.eq(z1, largest));
        peak = v128.bitselect(first, peak, f32x4.eq(z0, largest));
        // All bits make NaN.
        v128.store(peaks + c, v128.or(peak, f32x4.eq(largest, lowest)));
      }
      for (; c < pixel; c += 4) {
        let largest: f32 = -Infinity;
        let peak: f32 = NaN;
        for (let k: usize = 0; k < 4; k++) {
          const value = load<f32>(x + c + (k & 1) * pixel + (k >> 1) * row);
          const z = (value - load<f32>(table + c)) * load<f32>(scales + c) + load<f32>(offsets + c);
          const least = load<f32>(floors + c);
          const result = z < least ? least : z;
          if (result > largest) {
            largest = result;
            peak = value;
          }
        }
        store<f32>(y + c, largest);
        store<f32>(peaks + c, peak);
      }
      x += 2 * pixel;
      y += pixel;
      peaks += pixel;
    }
    x += row;
  }
}

/**
 * Writes dx = (x − center)·byInput + g·byGradient + level, where g is dy at the first pixel of each
 * square that equals its peak, unless (peak − center)·scale + offset ≤ 0, and 0 elsewhere. `table`
 * holds center, byInput, level, byGradient, scale and offset, [6, channels].
 */
export function pooledGradient(
  dy: usize,
  peaks: usize,
  x: usize,
  dx: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  table: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const row = 2 * <usize>columns * pixel;
  const byInputs = table + pixel;
  const levels = byInputs + pixel;
  const byGradients = levels + pixel;
  const scales = byGradients + pixel;
  const offsets = scales + pixel;
  for (; rows > 0; rows--) {
    for (let column = 0; column < columns; column++) {
      let c: usize = 0;
      for (; c + 16 <= pixel; c += 16) {
        const center = v128.load(table + c);
        const byInput = v128.load(byInputs + c);
        const level = v128.load(levels + c);
        const byGradient = v128.load(byGradients + c);
        const peak = v128.load(peaks + c);
        const z = affine(peak, center, v128.load(scales + c), v128.load(offsets + c));
        let left = v128.andnot(v128.load(dy + c), f32x4.le(z, f32x4.splat(0)));
        let at = c;
        for (let k = 0; k < 4; k++) {
          const value = v128.load(x + at);
          const isPeak = f32x4.eq(value, peak);
          const fromInput = f32x4.mul(f32x4.sub(value, center), byInput);
          const fromGradient = f32x4.mul(v128.and(left, isPeak), byGradient);
          v128.store(dx + at, f32x4.add(f32x4.add(fromInput, fromGradient), level));
          left = v128.andnot(left, isPeak);
          at += k === 1 ? row - pixel : pixel;
        }
      }
      for (; c < pixel; c += 4) {
        const center = load<f32>(table + c);
        const peak = load<f32>(peaks + c);
        const isShut = (peak - center) * load<f32>(scales + c) + load<f32>(offsets + c) <= 0;
        let left: f32 = isShut ? 0 : load<f32>(dy + c);
        for (let k: usize = 0; k < 4; k++) {
          const at = c + (k & 1) * pixel + (k >> 1) * row;
          const value = load<f32>(x + at);
          const isPeak = value === peak;
          const fromGradient = (isPeak ? left : 0) * load<f32>(byGradients + c);
          const z = (value - center) * load<f32>(byInputs + c) + fromGradient;
          store<f32>(dx + at, z + load<f32>(levels + c));
          if (isPeak) left = 0;
        }
      }
      x += 2 * pixel;
      dx += 2 * pixel;
      dy += pixel;
      peaks += pixel;
    }
    x += row;
    dx += row;
  }
}
