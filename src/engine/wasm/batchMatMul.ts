import * as tf from '@tensorflow/tfjs';
import {
  MATRIX_WORDS,
  matrixWords,
  PANEL,
  scratchBytes,
  wholePanels,
  type MatrixLayout,
} from './correlationLayout.ts';
import { wasmKernel } from './kernel.ts';
import { publishedKernel } from './published.ts';
import { shares, type Share } from './shares.ts';
import type { SimdHeap } from './simdHeap.ts';

const published = publishedKernel('BatchMatMul');

/** A product of two matrices, [rows, inner] x [inner, columns]. */
interface Product {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/**
 * Multiplies matrices, [.., n, k] x [.., k, m], either of which may be given transposed. More than
 * one pair, pairs that are both transposed, and others than float32 go to the published kernel.
 */
export function batchMatMul(heap: SimdHeap): tf.KernelConfig {
  return {
    ...published,
    ...wasmKernel<'a' | 'b', tf.BatchMatMulAttrs>('BatchMatMul', ({ inputs, attrs, backend }) => {
      const { a, b } = inputs;
      const { transposeA, transposeB } = attrs;
      const isPair = a.rank > 1 && b.rank > 1 && matrices(a) === 1 && matrices(b) === 1;
      const isFloat = a.dtype === 'float32' && b.dtype === 'float32';
      if (!isPair || !isFloat || a.size === 0 || (transposeA && transposeB)) {
        return published.kernelFunc({ inputs, attrs: { ...attrs }, backend });
      }
      const [n = 0, k = 0] = a.shape.slice(-2);
      const [l = 0, m = 0] = b.shape.slice(-2);
      const [rows, inner] = transposeA ? [k, n] : [n, k];
      const [depth, columns] = transposeB ? [m, l] : [l, m];
      if (inner !== depth) {
        throw new Error(
          `matMul: the inner axes of ${String(a.shape)} and ${String(b.shape)} differ`,
        );
      }
      const outer = tf.broadcast_util.assertAndGetBroadcastShape(
        a.shape.slice(0, -2),
        b.shape.slice(0, -2),
      );
      const output = backend.makeOutput([...outer, rows, columns], 'float32');
      const product = { rows, inner, columns };
      if (transposeA) multiplyTransposed(heap, product, a, b, output);
      else multiply(heap, product, a, b, transposeB, output);
      return output;
    }),
  };
}

function matrices(x: tf.Tensor): number {
  return tf.util.sizeFromShape(x.shape.slice(0, -2));
}

/** Writes a·b, or a·bᵀ: rows of a are what the pixels of an image are to a convolution. */
function multiply(
  heap: SimdHeap,
  { rows, inner, columns }: Product,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  transposeB: boolean,
  output: tf.TensorInfo,
): void {
  const [byRow, byColumn] = transposeB ? [1, inner] : [columns, 1];
  heap.borrow(4 * inner * wholePanels(columns), (packed) => {
    heap.run(
      panelShares(columns, inner).map(({ first, count }) => [
        'packPanels',
        heap.address(b) + 4 * first * byColumn,
        packed + 4 * first * inner,
        ...[inner, count, byRow, byColumn, PANEL * inner],
      ]),
    );
    const parts = panelShares(columns, inner * rows);
    const lattices = columnWords(parts, {
      pixels: rows,
      inColumn: inner,
      outColumn: columns,
      weights: packed,
    });
    heap.lend(lattices, (words) => {
      heap.run(
        parts.map(({ first }, part) => [
          'correlate',
          heap.address(a),
          heap.address(output) + 4 * first,
          ...[1, 0, 0, 0],
          words + 4 * part * MATRIX_WORDS,
          1,
        ]),
        scratchBytes(null, inner, inner, columns),
      );
    });
  });
}

/** Writes aᵀ·b, as a convolution's gradient for its filter sums over pixels. */
function multiplyTransposed(
  heap: SimdHeap,
  { rows, inner, columns }: Product,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  output: tf.TensorInfo,
): void {
  const width = wholePanels(columns);
  const whole = width === columns;
  heap.borrow(whole ? 0 : 4 * rows * width, (padded) => {
    const result = whole ? heap.address(output) : padded;
    const parts = panelShares(columns, inner * rows);
    const lattices = columnWords(parts, {
      pixels: inner,
      inColumn: rows,
      outColumn: columns,
      weights: 0,
    });
    heap.lend(lattices, (words) => {
      heap.run(
        parts.map(({ first }, part) => [
          'weightGradient',
          heap.address(a),
          heap.address(b) + 4 * first,
          ...[1, 0, 0, 0],
          words + 4 * part * MATRIX_WORDS,
          result + 4 * first,
          width,
        ]),
        scratchBytes(null, rows, rows, columns),
      );
    });
    if (!whole) heap.run([['sumPanels', result, 1, rows, columns, heap.address(output)]]);
  });
}

/** Lays each share of a matrix's columns out as a matrix of its own. */
function columnWords(parts: readonly Share[], matrix: Omit<MatrixLayout, 'channels'>): Int32Array {
  const words = new Int32Array(parts.length * MATRIX_WORDS);
  parts.forEach(({ first, count }, part) => {
    const weights = matrix.weights + 4 * first * matrix.inColumn;
    words.set(matrixWords({ ...matrix, channels: count, weights }), part * MATRIX_WORDS);
  });
  return words;
}

/** Splits columns, each of `work` multiplications or floats moved, into shares of whole panels. */
function panelShares(columns: number, work: number): Share[] {
  return shares(Math.ceil(columns / PANEL), PANEL * work).map(({ first, count }) => ({
    first: first * PANEL,
    count: Math.min(count * PANEL, columns - first * PANEL),
  }));
}
