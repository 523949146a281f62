import * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './kernel.ts';
import { publishedKernel } from './published.ts';

const published = publishedKernel('GatherV2');

/**
 * Gathers slices of x along an axis by indices that are shared by all batches, or, with `batchDims`,
 * each batch's own. For the latter the published kernel reads memory beyond its tensors.
 */
export const gatherV2: tf.KernelConfig = {
  ...published,
  ...wasmKernel<'x' | 'indices', tf.GatherV2Attrs>('GatherV2', ({ inputs, attrs, backend }) => {
    if (attrs.batchDims === 0) {
      return published.kernelFunc({ inputs, attrs: { ...attrs }, backend });
    }
    const { x, indices } = inputs;
    const [axis = 0] = tf.util.parseAxisParam(attrs.axis, x.shape);
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
      tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, attrs.batchDims);
    const beyond = backend
      .typedArrayFromHeap(indices)
      .find((index) => index < 0 || index >= dimSize);
    if (beyond !== undefined) {
      throw new Error(`GatherV2: the index ${beyond} is not in [0, ${dimSize - 1}]`);
    }
    const output = backend.makeOutput(outputShape, x.dtype);
    const values = backend.typedArrayFromHeap(x);
    const chosen = backend.typedArrayFromHeap(indices);
    const gathered = backend.typedArrayFromHeap(output);
    const perBatch = chosen.length / batchSize;
    let to = 0;
    for (let outer = 0; outer < batchSize * outerSize; outer++) {
      const first = Math.floor(outer / outerSize) * perBatch;
      for (let i = first; i < first + perBatch; i++, to += sliceSize) {
        const from = (outer * dimSize + chosen[i]!) * sliceSize;
        gathered.set(values.subarray(from, from + sliceSize), to);
      }
    }
    return output;
  }),
};
