import type * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './kernel.ts';
import { shared } from './identity.ts';
import { publishedKernel } from './published.ts';

const published = publishedKernel('Cast');

/**
 * Converts to another type, without a copy to its own; every number but 0 is true. To the published kernel the truth is the
 * number's lowest byte, so that 0.5 and 256 are false and 2 is not equal to true.
 */
export const cast: tf.KernelConfig = {
  ...published,
  ...wasmKernel<'x', tf.CastAttrs>('Cast', ({ inputs, attrs, backend }) => {
    const { x } = inputs;
    if (attrs.dtype === x.dtype) return shared(x, backend);
    if (attrs.dtype !== 'bool' || (x.dtype !== 'float32' && x.dtype !== 'int32')) {
      return published.kernelFunc({ inputs, attrs: { ...attrs }, backend });
    }
    const output = backend.makeOutput(x.shape, 'bool');
    const values = backend.typedArrayFromHeap(x);
    const truths = backend.typedArrayFromHeap(output);
    values.forEach((value, i) => {
      truths[i] = value === 0 ? 0 : 1;
    });
    return output;
  }),
};
