import type * as tf from '@tensorflow/tfjs';
import { rowOf, type BatchLayout } from './batchNormAlgebra.ts';
import { normalizeAndPool, pooledInputGradient } from './pooledBatchNormLoops.ts';
import type { TensorMemory } from './tensorMemory.ts';

/** The passes over the pixels of a batch that BatchNorm takes; coefficients as in the algebra. */
export interface BatchNormLoops {
  /**
   * Writes Σ(x − shift) and Σ(x − shift)² over each image's pixels to `sums`,
   * [images, channels, 2], and returns the same summed over each row's images,
   * [rows, channels, 2], not rounded to float32.
   */
  sumImages(
    layout: BatchLayout,
    x: tf.TensorInfo,
    shift: tf.TensorInfo,
    sums: tf.TensorInfo,
  ): Float64Array;
  /** Writes y = max((x − center)·scale + offset, floor). */
  normalize(
    layout: BatchLayout,
    x: tf.TensorInfo,
    coefficients: Float64Array,
    y: tf.TensorInfo,
  ): void;
  /**
   * Returns Σ dy and Σ dy·(x − mean) over each segment's pixels, [segments, channels, 2]; dy counts
   * where the gate says so.
   */
  sumGradients(
    layout: BatchLayout,
    dy: tf.TensorInfo,
    x: tf.TensorInfo,
    mean: tf.TensorInfo,
    gate: Float64Array,
  ): Float64Array;
  /** Writes dx = (x − center)·byInput + dy·byGradient + level; dy counts where the gate says so. */
  inputGradient(
    layout: BatchLayout,
    dy: tf.TensorInfo,
    x: tf.TensorInfo,
    coefficients: Float64Array,
    dx: tf.TensorInfo,
  ): void;
  /**
   * Writes the largest y of each square of 2 × 2 pixels, `columns` squares in a row, and to `peaks`
   * the x that it comes from.
   */
  normalizeAndPool(
    layout: BatchLayout,
    columns: number,
    x: tf.TensorInfo,
    coefficients: Float64Array,
    y: tf.TensorInfo,
    peaks: tf.TensorInfo,
  ): void;
  /** Writes dx as {@link inputGradient}, where dy counts at the first x that equals its peak. */
  pooledInputGradient(
    layout: BatchLayout,
    columns: number,
    dy: tf.TensorInfo,
    peaks: tf.TensorInfo,
    x: tf.TensorInfo,
    coefficients: Float64Array,
    dx: tf.TensorInfo,
  ): void;
}

/** Makes the loops for tensors in this process' memory. */
export function plainLoops({ view }: TensorMemory): BatchNormLoops {
  return {
    sumImages: (layout, x, shift, sums) => sumImages(layout, view(x), view(shift), view(sums)),
    normalize: (layout, x, coefficients, y) => {
      normalize(layout, view(x), coefficients, view(y));
    },
    sumGradients: (layout, dy, x, mean, gate) =>
      sumGradients(layout, view(dy), view(x), view(mean), gate),
    inputGradient: (layout, dy, x, coefficients, dx) => {
      inputGradient(layout, view(dy), view(x), coefficients, view(dx));
    },
    normalizeAndPool: (layout, columns, x, coefficients, y, peaks) => {
      normalizeAndPool(layout, columns, view(x), coefficients, view(y), view(peaks));
    },
    pooledInputGradient: (layout, columns, dy, peaks, x, coefficients, dx) => {
      const [gradients, largest] = [view(dy), view(peaks)];
      pooledInputGradient(layout, columns, gradients, largest, view(x), coefficients, view(dx));
    },
  };
}

function sumImages(
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

function normalize(
  layout: BatchLayout,
  x: Float32Array,
  coefficients: Float64Array,
  y: Float32Array,
): void {
  const { pixels, channels, segments } = layout;
  let at = 0;
  for (let segment = 0; segment < segments.length; segment++) {
    const center = 4 * channels * segment;
    const scale = center + channels;
    const offset = scale + channels;
    const floor = offset + channels;
    const end = at + segments[segment]! * pixels * channels;
    for (; at < end; at += channels) {
      for (let c = 0; c < channels; c++) {
        const d = x[at + c]! - coefficients[center + c]!;
        const z = d * coefficients[scale + c]! + coefficients[offset + c]!;
        y[at + c] = Math.max(z, coefficients[floor + c]!);
      }
    }
  }
}

function sumGradients(
  layout: BatchLayout,
  dy: Float32Array,
  x: Float32Array,
  mean: Float32Array,
  gate: Float64Array,
): Float64Array {
  const { pixels, channels, segments } = layout;
  const sums = new Float64Array(2 * segments.length * channels);
  const sum = new Float64Array(channels);
  const products = new Float64Array(channels);
  let at = 0;
  for (let segment = 0; segment < segments.length; segment++) {
    const center = rowOf(layout, segment) * channels;
    const gateCenter = 3 * channels * segment;
    const scale = gateCenter + channels;
    const offset = scale + channels;
    sum.fill(0);
    products.fill(0);
    const end = at + segments[segment]! * pixels * channels;
    for (; at < end; at += channels) {
      for (let c = 0; c < channels; c++) {
        const d = x[at + c]! - gate[gateCenter + c]!;
        if (d * gate[scale + c]! + gate[offset + c]! <= 0) continue;
        const g = dy[at + c]!;
        sum[c]! += g;
        products[c]! += g * (x[at + c]! - mean[center + c]!);
      }
    }
    for (let c = 0; c < channels; c++) {
      sums[2 * (segment * channels + c)] = sum[c]!;
      sums[2 * (segment * channels + c) + 1] = products[c]!;
    }
  }
  return sums;
}

function inputGradient(
  layout: BatchLayout,
  dy: Float32Array,
  x: Float32Array,
  coefficients: Float64Array,
  dx: Float32Array,
): void {
  const { pixels, channels, segments } = layout;
  let at = 0;
  for (let segment = 0; segment < segments.length; segment++) {
    const center = 6 * channels * segment;
    const byInput = center + channels;
    const level = byInput + channels;
    const byGradient = level + channels;
    const scale = byGradient + channels;
    const offset = scale + channels;
    const end = at + segments[segment]! * pixels * channels;
    for (; at < end; at += channels) {
      for (let c = 0; c < channels; c++) {
        const d = x[at + c]! - coefficients[center + c]!;
        const isShut = d * coefficients[scale + c]! + coefficients[offset + c]! <= 0;
        const g = isShut ? 0 : dy[at + c]!;
        dx[at + c] =
          d * coefficients[byInput + c]! +
          g * coefficients[byGradient + c]! +
          coefficients[level + c]!;
      }
    }
  }
}
