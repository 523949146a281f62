import * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './kernel.ts';
import { publishedKernel } from './published.ts';
import { shares } from './shares.ts';
import type { SimdHeap } from './simdHeap.ts';

const published = publishedKernel('Sum');

/**
 * Sums over axes; the leading ones, as of every bias gradient, in place and in double precision. The
 * published kernel transposes the tensor first.
 */
export function sum(heap: SimdHeap): tf.KernelConfig {
  return {
    ...published,
    ...wasmKernel<'x', tf.SumAttrs>('Sum', ({ inputs: { x }, attrs, backend }) => {
      const axes = tf.util.parseAxisParam(attrs.axis, x.shape).sort((a, b) => a - b);
      const isLeading = axes.length < x.rank && axes.every((axis, index) => axis === index);
      if (!isLeading || axes.length === 0 || x.dtype !== 'float32' || x.size === 0) {
        return published.kernelFunc({ inputs: { x }, attrs: { ...attrs }, backend });
      }
      const rest = x.shape.slice(axes.length);
      const columns = tf.util.sizeFromShape(rest);
      const rows = x.size / columns;
      const shape = attrs.keepDims ? [...axes.map(() => 1), ...rest] : rest;
      const sums = backend.makeOutput(shape, 'float32');
      heap.run(
        shares(Math.ceil(columns / 4), 4 * rows).map(({ first, count }) => [
          'sumRows',
          heap.address(x) + 16 * first,
          rows,
          Math.min(4 * count, columns - 4 * first),
          columns,
          heap.address(sums) + 16 * first,
        ]),
      );
      return sums;
    }),
  };
}
