/** Writes max(x, 0) of `size` floats; NaN stays NaN. */
export function relu(x: usize, y: usize, size: i32): void {
  const end = x + ((<usize>size) << 2);
  const zero = f32x4.splat(0);
  for (; x + 16 <= end; x += 16, y += 16) {
    const values = v128.load(x);
    v128.store(y, v128.andnot(values, f32x4.lt(values, zero)));
  }
  for (; x < end; x += 4, y += 4) {
    const value = load<f32>(x);
    store<f32>(y, value < 0 ? 0 : value);
  }
}

/** Writes dy where x > 0, else dy·0, of `size` floats; NaN where x is NaN. */
export function reluGradient(dy: usize, x: usize, dx: usize, size: i32): void {
  const end = x + ((<usize>size) << 2);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  for (; x + 16 <= end; x += 16, dy += 16, dx += 16) {
    const values = v128.load(x);
    const step = v128.and(one, f32x4.gt(values, zero));
    const slope = v128.bitselect(step, values, f32x4.eq(values, values));
    v128.store(dx, f32x4.mul(v128.load(dy), slope));
  }
  for (; x < end; x += 4, dy += 4, dx += 4) {
    const value = load<f32>(x);
    const slope = value > 0 ? <f32>1 : value === value ? <f32>0 : value;
    store<f32>(dx, load<f32>(dy) * slope);
  }
}

/**
 * Writes the sums of the columns of x, [rows, columns], whose rows are `pitch` floats apart, in
 * double precision.
 */
export function sumRows(x: usize, rows: i32, columns: i32, pitch: i32, sums: usize): void {
  const step = (<usize>pitch) << 2;
  let c = 0;
  for (; c + 4 <= columns; c += 4) {
    let low = f64x2.splat(0);
    let high = low;
    let at = x + ((<usize>c) << 2);
    for (let row = 0; row < rows; row++, at += step) {
      const values = v128.load(at);
      low = f64x2.add(low, f64x2.promote_low_f32x4(values));
      const upper = v128.shuffle<f32>(values, values, 2, 3, 2, 3);
      high = f64x2.add(high, f64x2.promote_low_f32x4(upper));
    }
    const to = sums + ((<usize>c) << 2);
    const first = f32x4.demote_f64x2_zero(low);
    v128.store(to, v128.shuffle<f32>(first, f32x4.demote_f64x2_zero(high), 0, 1, 4, 5));
  }
  for (; c < columns; c++) {
    let sum: f64 = 0;
    let at = x + ((<usize>c) << 2);
    for (let row = 0; row < rows; row++, at += step) sum += load<f32>(at);
    store<f32>(sums + ((<usize>c) << 2), <f32>sum);
  }
}
