import type * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './kernel.ts';

/**
 * Adds the rows of x, [rows, ...], up by segment: row i to row `segmentIds[i]` of the result,
 * [numSegments, ...]. Rows with a negative segment are left out. This is the gradient of gathering.
 */
export const unsortedSegmentSum = wasmKernel<'x' | 'segmentIds', tf.UnsortedSegmentSumAttrs>(
  'UnsortedSegmentSum',
  ({ inputs: { x, segmentIds }, attrs: { numSegments }, backend }) => {
    const rowShape = x.shape.slice(segmentIds.rank);
    const rowSize = rowShape.reduce((product, length) => product * length, 1);
    const output = backend.makeOutput([numSegments, ...rowShape], x.dtype);
    const rows = backend.typedArrayFromHeap(x);
    const segments = backend.typedArrayFromHeap(segmentIds);
    const sums = backend.typedArrayFromHeap(output);
    sums.fill(0);
    segments.forEach((segment, row) => {
      if (segment < 0 || segment >= numSegments) return;
      for (let i = 0; i < rowSize; i++) sums[segment * rowSize + i]! += rows[row * rowSize + i]!;
    });
    return output;
  },
);
