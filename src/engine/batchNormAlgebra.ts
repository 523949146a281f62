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
export function rowOf({ rows }: BatchLayout, segment: number): number {
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
 * Writes each row's mean and biased variance, [rows, channels], from Σ(x − shift) and Σ(x − shift)²
 * over its pixels, [rows, channels, 2].
 */
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

/**
 * Returns what makes y = γ·(x − μ)/√(σ² + ε) + β of each row, or max(y, 0) if it is rectified, into
 * max((x − center)·scale + offset, floor): [rows, 4, channels].
 */
export function normalization(
  { rows, channels }: BatchLayout,
  { gamma, mean, variance, epsilon }: Normalizer,
  beta: Float32Array,
  isRectified: boolean,
): Float64Array {
  const coefficients = new Float64Array(rows * 4 * channels);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c++) {
      const k = row * channels + c;
      const out = row * 4 * channels + c;
      coefficients[out] = mean[k]!;
      coefficients[out + channels] = gamma[k]! / Math.sqrt(variance[k]! + epsilon);
      coefficients[out + 2 * channels] = beta[k]!;
      coefficients[out + 3 * channels] = isRectified ? 0 : -Infinity;
    }
  }
  return coefficients;
}

/**
 * Returns what decides where dy counts: where (x − center)·scale + offset is not 0 or less, [rows, 3,
 * channels]. It is the normalized x if that is rectified, else 1 everywhere.
 */
export function gradientGate(
  layout: BatchLayout,
  normalizer: Normalizer,
  beta: Float32Array,
  isRectified: boolean,
): Float64Array {
  const { rows, channels } = layout;
  const normalizing = normalization(layout, normalizer, beta, isRectified);
  const gate = new Float64Array(rows * 3 * channels);
  for (let row = 0; row < rows; row++) {
    const from = row * 4 * channels;
    const to = row * 3 * channels;
    gate.set(normalizing.subarray(from, from + 3 * channels), to);
    if (!isRectified)
      gate.fill(0, to + channels, to + 2 * channels).fill(1, to + 2 * channels, to + 3 * channels);
  }
  return gate;
}

/**
 * Writes the loss's gradient for γ and β through each segment, [segments, channels], from Σ dy and
 * Σ dy·(x − μ) over its pixels, [segments, channels, 2].
 */
export function parameterGradients(
  layout: BatchLayout,
  sums: Float64Array,
  { variance, epsilon }: Normalizer,
  dGamma: Float32Array,
  dBeta: Float32Array,
): void {
  const { channels, segments } = layout;
  for (let segment = 0; segment < segments.length; segment++) {
    const row = rowOf(layout, segment) * channels;
    for (let c = 0; c < channels; c++) {
      const k = segment * channels + c;
      dBeta[k] = sums[2 * k]!;
      dGamma[k] = sums[2 * k + 1]! / Math.sqrt(variance[row + c]! + epsilon);
    }
  }
}

/**
 * Returns what makes the loss's gradient for x of each row into
 * (x − center)·byInput + (dy − level)·byGradient, followed by the gate's scale and offset, [rows, 6,
 * channels]: with r = 1/√(σ² + ε) and M
 * pixels in the row, dx = γr·(dy − Σdy/M − (x − μ)·r²·Σ(dy·(x − μ))/M), or γr·dy where the moments
 * are constants: `sums`, [segments, channels, 2] as above, is null then.
 */
export function gradientForInput(
  layout: BatchLayout,
  sums: Float64Array | null,
  { gamma, mean, variance, epsilon }: Normalizer,
  gate: Float64Array,
): Float64Array {
  const { rows, channels } = layout;
  const counts = pixelsOfRows(layout);
  const totals = new Float64Array(2 * rows * channels);
  sums?.forEach((sum, k) => {
    const row = rowOf(layout, Math.floor(k / (2 * channels)));
    totals[2 * row * channels + (k % (2 * channels))]! += sum;
  });
  const coefficients = new Float64Array(rows * 6 * channels);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c++) {
      const k = row * channels + c;
      const out = row * 6 * channels + c;
      const r2 = 1 / (variance[k]! + epsilon);
      const byGradient = gamma[k]! * Math.sqrt(r2);
      const count = counts[row]!;
      coefficients[out] = mean[k]!;
      coefficients[out + channels] = (-byGradient * r2 * totals[2 * k + 1]!) / count;
      coefficients[out + 2 * channels] = totals[2 * k]! / count;
      coefficients[out + 3 * channels] = byGradient;
      coefficients[out + 4 * channels] = gate[row * 3 * channels + channels + c]!;
      coefficients[out + 5 * channels] = gate[row * 3 * channels + 2 * channels + c]!;
    }
  }
  return coefficients;
}
