/** Returns a·b + c: rounded once where the build has fused multiply-add. */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** Address of the float at `index`. */
export function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 2);
}
