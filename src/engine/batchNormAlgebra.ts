/** A batch [images, pixels, channels] and how its segments share moments. */
export interface BatchLayout {
  readonly pixels: number;
  readonly channels: number;
  /** Images of each segment. */
  readonly segments: readonly number[];
  /** One row of moments for all segments, or one each. */
  readonly rows: number;
  /** So many neighbouring channels share their moments. */
  readonly groupSize: number;
}

/** What x is normalized with; the variance is biased. */
export interface Normalizer {
  /** Flat [segments, channels]. */
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  /** Flat [rows, channels]. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly epsilon: number;
  /** Whether negative results are 0. */
  readonly isRectified: boolean;
}

/** The row of moments of each segment. */
export function rowOf({ rows }: BatchLayout, segment: number): number {
  return rows === 1 ? 0 : segment;
}

/** Pixels that share each row of moments. */
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
  const { channels, groupSize } = layout;
  const counts = pixelsOfRows(layout);
  for (let first = 0; first < mean.length; first += groupSize) {
    const count = counts[Math.floor(first / channels)]!;
    const meanOf = (k: number) => shift[k % channels]! + totals[2 * k]! / count;
    let sum = 0;
    for (let k = first; k < first + groupSize; k++) sum += meanOf(k);
    const center = sum / groupSize;
    let squares = 0;
    for (let k = first; k < first + groupSize; k++) {
      const offset = totals[2 * k]! / count;
      // Within the channel, and between it and the others of its group.
      squares += Math.max(0, totals[2 * k + 1]! / count - offset * offset);
      if (groupSize > 1) squares += (meanOf(k) - center) ** 2;
    }
    mean.fill(center, first, first + groupSize);
    variance.fill(squares / groupSize, first, first + groupSize);
  }
}

/**
 * Returns what makes y = γ·(x − μ)/√(σ² + ε) + β of each segment, or max(y, 0) if it is rectified,
 * into max((x − center)·scale + offset, floor): [segments, 4, channels].
 */
export function normalization(
  layout: BatchLayout,
  { gamma, beta, mean, variance, epsilon, isRectified }: Normalizer,
): Float64Array {
  const { segments, channels } = layout;
  const coefficients = new Float64Array(segments.length * 4 * channels);
  for (let segment = 0; segment < segments.length; segment++) {
    const row = rowOf(layout, segment) * channels;
    for (let c = 0; c < channels; c++) {
      const k = segment * channels + c;
      const out = segment * 4 * channels + c;
      coefficients[out] = mean[row + c]!;
      coefficients[out + channels] = gamma[k]! / Math.sqrt(variance[row + c]! + epsilon);
      coefficients[out + 2 * channels] = beta[k]!;
      coefficients[out + 3 * channels] = isRectified ? 0 : -Infinity;
    }
  }
  return coefficients;
}

/**
 * Returns what decides where dy counts: where (x − center)·scale + offset is not 0 or less,
 * [segments, 3, channels]. It is the normalized x if that is rectified, else 1 everywhere.
 */
export function gradientGate(layout: BatchLayout, normalizer: Normalizer): Float64Array {
  const { segments, channels } = layout;
  const normalizing = normalization(layout, normalizer);
  const gate = new Float64Array(segments.length * 3 * channels);
  for (let segment = 0; segment < segments.length; segment++) {
    const from = segment * 4 * channels;
    const to = segment * 3 * channels;
    gate.set(normalizing.subarray(from, from + 3 * channels), to);
    if (!normalizer.isRectified)
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
 * Returns what makes the loss's gradient for x of each segment into
 * (x − center)·byInput + dy·byGradient + level, followed by the gate's scale and offset,
 * [segments, 6, channels]: with r = 1/√(σ² + ε), and sums over the M values that share the moments,
 * dx = r·(γ·dy − Σγ·dy/M − (x − μ)·r²·Σγ·dy·(x − μ)/M), or γ·r·dy where the moments are constants:
 * `sums`, [segments, channels, 2] as above, is null then.
 */
export function gradientForInput(
  layout: BatchLayout,
  sums: Float64Array | null,
  { gamma, mean, variance, epsilon }: Normalizer,
  gate: Float64Array,
): Float64Array {
  const { segments, channels, groupSize } = layout;
  const groups = channels / groupSize;
  const groupOf = (segment: number, c: number) =>
    rowOf(layout, segment) * groups + Math.floor(c / groupSize);
  const totals = new Float64Array(2 * layout.rows * groups);
  for (let k = 0; sums !== null && k < segments.length * channels; k++) {
    const group = groupOf(Math.floor(k / channels), k % channels);
    totals[2 * group]! += gamma[k]! * sums[2 * k]!;
    totals[2 * group + 1]! += gamma[k]! * sums[2 * k + 1]!;
  }
  const counts = pixelsOfRows(layout);
  const coefficients = new Float64Array(segments.length * 6 * channels);
  for (let segment = 0; segment < segments.length; segment++) {
    const row = rowOf(layout, segment);
    const count = counts[row]! * groupSize;
    for (let c = 0; c < channels; c++) {
      const k = row * channels + c;
      const out = segment * 6 * channels + c;
      const group = groupOf(segment, c);
      const r2 = 1 / (variance[k]! + epsilon);
      const r = Math.sqrt(r2);
      coefficients[out] = mean[k]!;
      coefficients[out + channels] = (-r * r2 * totals[2 * group + 1]!) / count;
      coefficients[out + 2 * channels] = (-r * totals[2 * group]!) / count;
      coefficients[out + 3 * channels] = gamma[segment * channels + c]! * r;
      coefficients[out + 4 * channels] = gate[segment * 3 * channels + channels + c]!;
      coefficients[out + 5 * channels] = gate[segment * 3 * channels + 2 * channels + c]!;
    }
  }
  return coefficients;
}
