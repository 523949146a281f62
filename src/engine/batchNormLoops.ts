/** A batch [images, pixels, channels] and how its segments share rows of statistics. */
export interface BatchLayout {
  readonly pixels: number;
  readonly channels: number;
  /** Images of each segment. */
  readonly segments: readonly number[];
  /** One row of statistics for all segments, or one each. */
  readonly rows: number;
}

/** What x is normalized with: flat [rows, channels]; the variance is biased. */
export interface Normalizer {
  readonly gamma: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly epsilon: number;
}

/** The row of statistics of each segment. */
function rowOf({ rows }: BatchLayout, segment: number): number {
  return rows === 1 ? 0 : segment;
}

/** Pixels that share each row of statistics. */
function pixelsOfRows(layout: BatchLayout): Float64Array {
  const counts = new Float64Array(layout.rows);
  layout.segments.forEach((images, segment) => {
    counts[rowOf(layout, segment)]! += images * layout.pixels;
  });
  return counts;
}

/**
 * Writes Σ(x − shift) and Σ(x − shift)² over each image's pixels to `sums`, [images, channels, 2],
 * and returns the same summed over each row's images, [rows, channels, 2], not rounded to float32.
 */
export function sumImages(
  layout: BatchLayout,
  x: Float32Array,
  shift: Float32Array,
  sums: Float32Array,
): Float64Array {
  const { pixels, channels, segments, rows } = layout;
  const totals = new Float64Array(2 * rows * channels);
  const sum = new Float64Array(channels);
  const squares = new Float64Array(channels);
  let at = 0;
  let out = 0;
  for (let segment = 0; segment < segments.length; segment++) {
    const row = 2 * rowOf(layout, segment) * channels;
    for (let image = 0; image < segments[segment]!; image++) {
      sum.fill(0);
      squares.fill(0);
      for (let pixel = 0; pixel < pixels; pixel++, at += channels) {
        for (let c = 0; c < channels; c++) {
          const d = x[at + c]! - shift[c]!;
          sum[c]! += d;
          squares[c]! += d * d;
        }
      }
      for (let c = 0; c < channels; c++, out += 2) {
        sums[out] = sum[c]!;
        sums[out + 1] = squares[c]!;
        totals[row + 2 * c]! += sum[c]!;
        totals[row + 2 * c + 1]! += squares[c]!;
      }
    }
  }
  return totals;
}

/** Writes each row's mean and biased variance, [rows, channels], from what {@link sumImages} returned. */
export function momentsOfRows(
  layout: BatchLayout,
  totals: Float64Array,
  shift: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
): void {
  const { channels } = layout;
  const counts = pixelsOfRows(layout);
  for (let k = 0; k < mean.length; k++) {
    const count = counts[Math.floor(k / channels)]!;
    const offset = totals[2 * k]! / count;
    mean[k] = shift[k % channels]! + offset;
    variance[k] = Math.max(0, totals[2 * k + 1]! / count - offset * offset);
  }
}

/** Writes y = γ·(x − μ)/√(σ² + ε) + β. */
export function normalize(
  layout: BatchLayout,
  x: Float32Array,
  { gamma, mean, variance, epsilon }: Normalizer,
  beta: Float32Array,
  y: Float32Array,
): void {
  const { pixels, channels, segments } = layout;
  const scale = new Float64Array(channels);
  const offset = new Float64Array(channels);
  let at = 0;
  for (let segment = 0; segment < segments.length; segment++) {
    const row = rowOf(layout, segment) * channels;
    for (let c = 0; c < channels; c++) {
      scale[c] = gamma[row + c]! / Math.sqrt(variance[row + c]! + epsilon);
      offset[c] = beta[row + c]! - mean[row + c]! * scale[c]!;
    }
    const end = at + segments[segment]! * pixels * channels;
    for (; at < end; at += channels) {
      for (let c = 0; c < channels; c++) y[at + c] = x[at + c]! * scale[c]! + offset[c]!;
    }
  }
}

/**
 * Writes the loss's gradient for γ and β through each segment, [segments, channels], and returns
 * Σ dy and Σ dy·(x − μ) over each row's pixels, [rows, channels, 2].
 */
export function parameterGradients(
  layout: BatchLayout,
  dy: Float32Array,
  x: Float32Array,
  { mean, variance, epsilon }: Normalizer,
  dGamma: Float32Array,
  dBeta: Float32Array,
): Float64Array {
  const { pixels, channels, segments, rows } = layout;
  const totals = new Float64Array(2 * rows * channels);
  const sum = new Float64Array(channels);
  const products = new Float64Array(channels);
  let at = 0;
  for (let segment = 0; segment < segments.length; segment++) {
    const row = rowOf(layout, segment) * channels;
    const center = mean.subarray(row, row + channels);
    sum.fill(0);
    products.fill(0);
    const end = at + segments[segment]! * pixels * channels;
    for (; at < end; at += channels) {
      for (let c = 0; c < channels; c++) {
        const g = dy[at + c]!;
        sum[c]! += g;
        products[c]! += g * (x[at + c]! - center[c]!);
      }
    }
    for (let c = 0; c < channels; c++) {
      dBeta[segment * channels + c] = sum[c]!;
      dGamma[segment * channels + c] = products[c]! / Math.sqrt(variance[row + c]! + epsilon);
      totals[2 * (row + c)]! += sum[c]!;
      totals[2 * (row + c) + 1]! += products[c]!;
    }
  }
  return totals;
}

/**
 * Writes the loss's gradient for x: with r = 1/√(σ² + ε) and M pixels in the row,
 * dx = γr·(dy − Σdy/M − (x − μ)·r²·Σ(dy·(x − μ))/M), or γr·dy where the moments are constants:
 * `totals`, from {@link parameterGradients}, is null then.
 */
export function inputGradient(
  layout: BatchLayout,
  dy: Float32Array,
  x: Float32Array,
  { gamma, mean, variance, epsilon }: Normalizer,
  totals: Float64Array | null,
  dx: Float32Array,
): void {
  const { pixels, channels, segments } = layout;
  const counts = pixelsOfRows(layout);
  const byGradient = new Float64Array(channels);
  const byInput = new Float64Array(channels);
  const offset = new Float64Array(channels);
  let at = 0;
  for (let segment = 0; segment < segments.length; segment++) {
    const row = rowOf(layout, segment);
    for (let c = 0; c < channels; c++) {
      const k = row * channels + c;
      const r2 = 1 / (variance[k]! + epsilon);
      byGradient[c] = gamma[k]! * Math.sqrt(r2);
      if (totals !== null) {
        const perPixel = byGradient[c]! / counts[row]!;
        byInput[c] = -perPixel * r2 * totals[2 * k + 1]!;
        offset[c] = -perPixel * totals[2 * k]! - byInput[c]! * mean[k]!;
      }
    }
    const end = at + segments[segment]! * pixels * channels;
    for (; at < end; at += channels) {
      for (let c = 0; c < channels; c++) {
        dx[at + c] = dy[at + c]! * byGradient[c]! + x[at + c]! * byInput[c]! + offset[c]!;
      }
    }
  }
}
