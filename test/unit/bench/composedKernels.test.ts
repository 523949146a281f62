import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerComposedKernels } from '../../../bench/composedKernels.ts';

const load = createRequire(import.meta.url);

beforeAll(async () => {
  setWasmPaths(join(dirname(load.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  await tf.setBackend('wasm');
  registerComposedKernels();
});

/** The gradients of Σ w·operation(x, filter) for both, on a backend. */
async function gradientsOn(
  backend: string,
  operation: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor4D,
  x: readonly [number, number, number, number],
  filter: readonly [number, number, number, number],
): Promise<number[][]> {
  await tf.setBackend(backend);
  return tf.tidy(() => {
    const draw = (shape: readonly number[], seed: number) =>
      tf.randomNormal([...shape], 0, 1, 'float32', seed);
    const weighted = (a: tf.Tensor, b: tf.Tensor) => {
      const y = operation(a as tf.Tensor4D, b as tf.Tensor4D);
      return tf.sum(tf.mul(y, draw(y.shape, 3)));
    };
    const gradients = tf.grads(weighted);
    return gradients([draw(x, 1), draw(filter, 2)]).map((gradient) => [...gradient.dataSync()]);
  });
}

describe('the kernels composed for the published backend', () => {
  it.each([
    { size: 7, kernel: 3, stride: 1 },
    { size: 7, kernel: 3, stride: 2 },
    { size: 8, kernel: 3, stride: 2 },
    { size: 8, kernel: 1, stride: 2 },
  ])('give the gradients of a convolution: %o', async ({ size, kernel, stride }) => {
    const operation = (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.conv2d(x, filter, stride, 'same');
    const gradients = (backend: string) =>
      gradientsOn(backend, operation, [2, size, size, 3], [kernel, kernel, 3, 4]);
    expectClose(await gradients('wasm'), await gradients('cpu'));
  });

  it.each([7, 8])('give the gradients of a depthwise convolution of %i pixels', async (size) => {
    const operation = (x: tf.Tensor4D, filter: tf.Tensor4D) =>
      tf.depthwiseConv2d(x, filter, 1, 'same');
    const gradients = (backend: string) =>
      gradientsOn(backend, operation, [2, size, size, 3], [3, 3, 3, 1]);
    expectClose(await gradients('wasm'), await gradients('cpu'));
  });
});

function expectClose(actual: readonly number[][], expected: readonly number[][]): void {
  actual.forEach((values, index) => {
    expect(values.length).toBe(expected[index]?.length);
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[index]?.[i] ?? NaN, 4);
    });
  });
}
