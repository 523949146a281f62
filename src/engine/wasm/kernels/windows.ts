/** First of the outputs whose input, at output·stride + shift, is not before the first. */
export function firstOutput(shift: i32, stride: i32): i32 {
  return shift >= 0 ? 0 : (stride - 1 - shift) / stride;
}

/** End of the outputs whose input, at output·stride + shift, is one of `length`. */
export function endOutput(shift: i32, stride: i32, length: i32, outputs: i32): i32 {
  return shift >= length ? 0 : min(outputs, (length - 1 - shift) / stride + 1);
}

/** Adds to four floats. */
export function addTo(address: usize, values: v128): void {
  v128.store(address, f32x4.add(v128.load(address), values));
}
