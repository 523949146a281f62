import { rowOf, type BatchLayout } from '../batchNormAlgebra.ts';
import type { BatchNormLoops } from '../batchNormLoops.ts';
import type { SimdHeap } from './simdHeap.ts';

/** Floats that a table of coefficients has at least per row, so that loops over it are worthwhile. */
const LEAST_PERIOD = 64;

/** Makes the loops that SIMD kernels run on the heap; segments differ in addresses only. */
export function simdLoops(heap: SimdHeap): BatchNormLoops {
  return {
    sumImages(layout, x, shift, sums) {
      const { pixels, channels, rows, segments } = layout;
      const width = 2 * channels;
      const totals = new Float64Array((rows + 1) * width);
      heap.lend(totals, (address) => {
        const scratch = address + 8 * rows * width;
        let first = 0;
        segments.forEach((images, segment) => {
          heap.run([
            [
              'sumImages',
              heap.address(x) + 4 * first * pixels * channels,
              heap.address(shift),
              images,
              pixels,
              channels,
              heap.address(sums) + 4 * first * width,
              address + 8 * rowOf(layout, segment) * width,
              scratch,
            ],
          ]);
          first += images;
        });
      });
      return totals.subarray(0, rows * width);
    },

    normalize(layout, x, coefficients, y) {
      forEachSegment(heap, layout, coefficients, 3, ({ at, size, table, period }) => {
        heap.run([['normalize', heap.address(x) + at, heap.address(y) + at, size, table, period]]);
      });
    },

    sumGradients(layout, dy, x, mean) {
      const { pixels, channels, segments } = layout;
      return heap.lend(new Float64Array(2 * segments.length * channels), (address) => {
        let at = 0;
        segments.forEach((images, segment) => {
          heap.run([
            [
              'sumGradients',
              heap.address(dy) + at,
              heap.address(x) + at,
              heap.address(mean) + 4 * channels * rowOf(layout, segment),
              images * pixels,
              channels,
              address + 16 * segment * channels,
            ],
          ]);
          at += 4 * images * pixels * channels;
        });
      });
    },

    inputGradient(layout, dy, x, coefficients, dx) {
      forEachSegment(heap, layout, coefficients, 4, ({ at, size, table, period }) => {
        heap.run([
          [
            'normalizeGradient',
            heap.address(dy) + at,
            heap.address(x) + at,
            heap.address(dx) + at,
            size,
            table,
            period,
          ],
        ]);
      });
    },
  };
}

interface SegmentTable {
  /** Bytes before the segment. */
  readonly at: number;
  /** Its floats. */
  readonly size: number;
  /** Address of its coefficients, [kinds, period]. */
  readonly table: number;
  readonly period: number;
}

/** Visits the segments, each with its row of `coefficients`, [rows, kinds, channels], repeated. */
function forEachSegment(
  heap: SimdHeap,
  layout: BatchLayout,
  coefficients: Float64Array,
  kinds: number,
  visit: (segment: SegmentTable) => void,
): void {
  const { pixels, channels, segments } = layout;
  let period = channels;
  while (period % 4 !== 0 || period < LEAST_PERIOD) period += channels;
  const tables = new Float32Array(layout.rows * kinds * period);
  for (let k = 0; k < tables.length; k++) {
    tables[k] = coefficients[Math.floor(k / period) * channels + ((k % period) % channels)]!;
  }
  heap.lend(tables, (address) => {
    let at = 0;
    segments.forEach((images, segment) => {
      const size = images * pixels * channels;
      visit({ at, size, table: address + 4 * kinds * period * rowOf(layout, segment), period });
      at += 4 * size;
    });
  });
}
