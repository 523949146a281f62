import * as tf from '@tensorflow/tfjs';
import { startBackend } from '../../../src/engine/startBackend.ts';

export const wasmDirectory = 'dist/wasm';

/** Starts both backends, so that tests can compare them; wasm is the current one afterwards. */
export async function startBothBackends(): Promise<void> {
  await startBackend('cpu', { wasmDirectory });
  await startBackend('wasm', { wasmDirectory });
}

/** Any function of tensors whose gradients are checked. */
export type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

/**
 * Returns an input of distinct values in [-range, range] that look random and are multiples of
 * 2 range / size, so that a step smaller than this never changes which of them is a maximum.
 */
export function sample(shape: number[], range = 1, seed = 1): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const order = Array.from({ length: size }, (_, i) => i);
  let state = seed;
  for (let i = size - 1; i > 0; i--) {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    const j = state % (i + 1);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return tf.tensor(
    order.map((rank) => range * ((2 * rank + 1) / size - 1)),
    shape,
  );
}

/** The derivatives of a weighted sum of the operation's outputs for each of its inputs. */
export function gradients(operation: Operation, inputs: tf.Tensor[]): Float32Array[] {
  const results = tf.grads((...x) => weightedSum(operation(...x)))(inputs);
  return results.map((gradient) => gradient.dataSync<'float32'>());
}

/** The same by central differences of the given step; exact for functions linear in each input. */
export function differences(
  operation: Operation,
  inputs: tf.Tensor[],
  step: number,
): Float64Array[] {
  const value = (changed: tf.Tensor[]) =>
    tf.tidy(() => weightedSum(operation(...changed)).dataSync()[0] ?? NaN);
  return inputs.map((input, index) => {
    const values = input.dataSync();
    return Float64Array.from(values, (center, i) => {
      const [above, below] = [step, -step].map((change) => {
        const moved = values.slice();
        moved[i] = center + change;
        const tensor = tf.tensor(moved, input.shape);
        const result = value(inputs.map((other, j) => (j === index ? tensor : other)));
        tensor.dispose();
        return result;
      });
      return ((above ?? NaN) - (below ?? NaN)) / (2 * step);
    });
  });
}

/** The largest difference between two lists of arrays, relative to the largest magnitude. */
export function relativeError(
  actual: readonly ArrayLike<number>[],
  expected: readonly ArrayLike<number>[],
): number {
  let error = 0;
  expected.forEach((values, index) => {
    const others = actual[index];
    if (others?.length !== values.length) error = Infinity;
    let scale = 0;
    let largest = 0;
    for (let i = 0; i < values.length; i++) {
      const difference = Math.abs((others?.[i] ?? NaN) - (values[i] ?? NaN));
      largest = Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
      scale = Math.max(scale, Math.abs(values[i] ?? NaN));
    }
    error = Math.max(error, largest / (scale || 1));
  });
  return error;
}

/** Sums the outputs, each with its own weight. */
export function weightedSum(x: tf.Tensor): tf.Scalar {
  const weights = Float32Array.from({ length: x.size }, (_, i) => outputWeight(i));
  return tf.sum(tf.mul(x, tf.tensor(weights, x.shape)));
}

/** Varies in size and sign, so that no two outputs count alike. */
export function outputWeight(index: number): number {
  return Math.sin(1 + index * 0.7);
}
