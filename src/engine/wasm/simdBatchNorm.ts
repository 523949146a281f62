import { rowOf, type BatchLayout } from '../batchNormAlgebra.ts';
import type { BatchNormLoops } from '../batchNormLoops.ts';
import { shares } from './shares.ts';
import type { KernelCall, SimdHeap } from './simdHeap.ts';

/** Floats that a table of coefficients has at least per row, so that loops over it are worthwhile. */
const LEAST_PERIOD = 64;

/** Makes the loops that SIMD kernels run on the heap; parts of a batch differ in addresses only. */
export function simdLoops(heap: SimdHeap): BatchNormLoops {
  return {
    sumImages(layout, x, shift, sums) {
      const { pixels, channels, rows } = layout;
      const width = 2 * channels;
      const parts = partsOf(layout);
      const totals = heap.lend(new Float64Array(parts.length * width), (address) => {
        heap.run(
          parts.map(({ first, images }, part) => [
            'sumImages',
            heap.address(x) + 4 * first * pixels * channels,
            heap.address(shift),
            images,
            pixels,
            channels,
            heap.address(sums) + 4 * first * width,
            address + 8 * part * width,
          ]),
          8 * width,
        );
      });
      const owners = parts.map(({ segment }) => rowOf(layout, segment));
      return addUp(totals, width, owners, rows);
    },

    normalize(layout, x, coefficients, y) {
      withTables(heap, layout, coefficients, 4, (part) => [
        'normalize',
        heap.address(x) + part.at,
        heap.address(y) + part.at,
        part.size,
        part.table,
        part.period,
      ]);
    },

    sumGradients(layout, dy, x, mean, gate) {
      const { pixels, channels, segments } = layout;
      const width = 2 * channels;
      const parts = partsOf(layout);
      const totals = new Float64Array(parts.length * width);
      heap.lend(Float32Array.from(gate), (gates) => {
        heap.lend(totals, (address) => {
          heap.run(
            parts.map(({ first, images, segment }, part) => [
              'sumGradients',
              heap.address(dy) + 4 * first * pixels * channels,
              heap.address(x) + 4 * first * pixels * channels,
              heap.address(mean) + 4 * channels * rowOf(layout, segment),
              images * pixels,
              channels,
              gates + 12 * channels * segment,
              address + 8 * part * width,
            ]),
          );
        });
      });
      const owners = parts.map(({ segment }) => segment);
      return addUp(totals, width, owners, segments.length);
    },

    inputGradient(layout, dy, x, coefficients, dx) {
      withTables(heap, layout, coefficients, 6, (part) => [
        'normalizeGradient',
        heap.address(dy) + part.at,
        heap.address(x) + part.at,
        heap.address(dx) + part.at,
        part.size,
        part.table,
        part.period,
      ]);
    },

    normalizeAndPool(layout, columns, x, coefficients, y, peaks) {
      withSquares(heap, layout, columns, coefficients, (part) => [
        'normalizeAndPool',
        heap.address(x) + part.at,
        heap.address(y) + part.at / 4,
        heap.address(peaks) + part.at / 4,
        part.rows,
        columns,
        layout.channels,
        part.table,
      ]);
    },

    pooledInputGradient(layout, columns, dy, peaks, x, coefficients, dx) {
      withSquares(heap, layout, columns, coefficients, (part) => [
        'pooledGradient',
        heap.address(dy) + part.at / 4,
        heap.address(peaks) + part.at / 4,
        heap.address(x) + part.at,
        heap.address(dx) + part.at,
        part.rows,
        columns,
        layout.channels,
        part.table,
      ]);
    },
  };
}

/** Images of one segment that one thread works on. */
interface Part {
  readonly segment: number;
  /** Images before it in the batch. */
  readonly first: number;
  readonly images: number;
}

function partsOf({ pixels, channels, segments }: BatchLayout): Part[] {
  let before = 0;
  return segments.flatMap((images, segment) => {
    const start = before;
    before += images;
    return shares(images, pixels * channels).map(({ first, count }) => ({
      segment,
      first: start + first,
      images: count,
    }));
  });
}

/** Adds up the parts, [parts, width], of each owner, in their order: [owners, width]. */
function addUp(
  parts: Float64Array,
  width: number,
  owners: readonly number[],
  count: number,
): Float64Array {
  const totals = new Float64Array(count * width);
  owners.forEach((owner, part) => {
    for (let k = 0; k < width; k++) totals[owner * width + k]! += parts[part * width + k]!;
  });
  return totals;
}

interface PartOfSquares {
  /** Bytes before the part, of all pixels. */
  readonly at: number;
  /** Its rows of squares. */
  readonly rows: number;
  /** Address of its coefficients, [kinds, channels]. */
  readonly table: number;
}

/** Makes a call for each part, with its segment's `coefficients`, [segments, kinds, channels]. */
function withSquares(
  heap: SimdHeap,
  layout: BatchLayout,
  columns: number,
  coefficients: Float64Array,
  call: (part: PartOfSquares) => KernelCall,
): void {
  const { pixels, channels, segments } = layout;
  const perSegment = (4 * coefficients.length) / segments.length;
  heap.lend(Float32Array.from(coefficients), (table) => {
    heap.run(
      partsOf(layout).map(({ segment, first, images }) =>
        call({
          at: 4 * first * pixels * channels,
          rows: (images * pixels) / (4 * columns),
          table: table + perSegment * segment,
        }),
      ),
    );
  });
}

interface PartWithTable {
  /** Bytes before the part. */
  readonly at: number;
  /** Its floats. */
  readonly size: number;
  /** Address of its coefficients, [kinds, period]. */
  readonly table: number;
  readonly period: number;
}

/** Makes a call for each part, with its segment's `coefficients`, [segments, kinds, channels], repeated. */
function withTables(
  heap: SimdHeap,
  layout: BatchLayout,
  coefficients: Float64Array,
  kinds: number,
  call: (part: PartWithTable) => KernelCall,
): void {
  const { pixels, channels } = layout;
  let period = channels;
  while (period % 4 !== 0 || period < LEAST_PERIOD) period += channels;
  const tables = new Float32Array(layout.segments.length * kinds * period);
  for (let k = 0; k < tables.length; k++) {
    tables[k] = coefficients[Math.floor(k / period) * channels + ((k % period) % channels)]!;
  }
  heap.lend(tables, (address) => {
    heap.run(
      partsOf(layout).map(({ segment, first, images }) =>
        call({
          at: 4 * first * pixels * channels,
          size: images * pixels * channels,
          table: address + 4 * kinds * period * segment,
          period,
        }),
      ),
    );
  });
}
