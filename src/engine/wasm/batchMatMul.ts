import * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './kernel.ts';
import { publishedKernel } from './published.ts';

const published = publishedKernel('BatchMatMul');

/**
 * Multiplies matrices, [.., n, k] x [.., k, m], through an explicit transpose where one is asked
 * for: the published kernel has a fast path for a single pair of untransposed matrices and falls
 * back to scalar loops otherwise, so that every dense layer's gradients would take these.
 */
export const batchMatMul: tf.KernelConfig = {
  ...published,
  ...wasmKernel<'a' | 'b', tf.BatchMatMulAttrs>('BatchMatMul', ({ inputs, attrs, backend }) => {
    const { a, b } = inputs;
    const multiply = (
      left: tf.Tensor,
      right: tf.Tensor,
      transposeA: boolean,
      transposeB: boolean,
    ) =>
      published.kernelFunc({
        inputs: { a: left, b: right },
        attrs: { transposeA, transposeB },
        backend,
      }) as tf.TensorInfo;
    const { transposeA, transposeB } = attrs;
    if (!(transposeA || transposeB) || matrices(a) > 1 || matrices(b) > 1) {
      return multiply(a, b, transposeA, transposeB);
    }
    const left = transposeA ? transposedCopy(a) : a;
    const right = transposeB ? transposedCopy(b) : b;
    const product = multiply(left, right, false, false);
    if (left !== a) left.dispose();
    if (right !== b) right.dispose();
    return product;
  }),
};

function matrices(x: tf.Tensor): number {
  return tf.util.sizeFromShape(x.shape.slice(0, -2));
}

/**
 * Transposes the last two axes into memory of its own. `tf.transpose` of a row or a column only
 * shares its data, and the backend would take the packed form that it keeps for that data, of the
 * other shape, for this matrix.
 */
function transposedCopy(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, axis) => axis);
  const order = [...axes.slice(0, -2), x.rank - 1, x.rank - 2];
  return tf.tidy(() => {
    const transposed = tf.transpose(x, order);
    return x.shape.includes(1)
      ? tf.slice(
          transposed,
          axes.map(() => 0),
        )
      : transposed;
  });
}
