import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { startBackend } from '../../../src/engine/startBackend.ts';
import {
  batchNormForward,
  batchNormGradient,
  batchNormMoments,
} from '../../../src/nn/batchNormKernel.ts';
import {
  adamUpdate,
  globalNorm,
  momentumUpdate,
} from '../../../src/nn/optimizers/updateKernels.ts';
import { gradients, sample, wasmDirectory } from './gradients.ts';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});
afterAll(() => startBackend('wasm', { wasmDirectory, threads: 1 }));

/** Each is large enough to be shared among threads. */
const operations: Record<string, () => Float32Array[]> = {
  'a convolution and its gradients': () => {
    const inputs = [sample([24, 13, 11, 5]), sample([3, 3, 5, 9], 1, 2)] as const;
    const run = (x: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
    return [run(...inputs).dataSync<'float32'>(), ...gradients(run, [...inputs])];
  },
  'a convolution by patches and its gradients': () => {
    const inputs = [sample([37, 13, 11, 17]), sample([3, 3, 17, 33], 1, 2)] as const;
    const run = (x: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
    return [run(...inputs).dataSync<'float32'>(), ...gradients(run, [...inputs])];
  },
  'a matrix product and its gradients': () => {
    const inputs = [sample([61, 130]), sample([130, 45], 1, 2)] as const;
    return [
      tf.matMul(...inputs).dataSync<'float32'>(),
      ...gradients((a, b) => tf.matMul(a, b), [...inputs]),
    ];
  },
  'a max pooling and its gradient': () => {
    const x = sample([24, 20, 18, 10]);
    const run = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same');
    return [run(x).dataSync<'float32'>(), ...gradients(run, [x])];
  },
  'BatchNorm and its gradient': () => batchNorm(null),
  'BatchNorm with pooling and its gradient': () => batchNorm(4),
  'optimizer steps and the norm of gradients': () => {
    const [weight, gradient, momentum, firstMoment] = [1, 2, 3, 4].map((seed) =>
      sample([110_001], 1, seed),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const scaling = { gradientScale: 0.7, stepSize: 0.3 };
    const byMomentum = momentumUpdate(
      { weight, gradient, momentum },
      { ...scaling, weightDecay: 0.2, momentum: 0.9, byGradient: 1, byMomentum: 0.9 },
    );
    const byAdam = adamUpdate(
      { weight, gradient, firstMoment, secondMoment: tf.square(firstMoment) },
      { ...scaling, beta1: 0.8, beta2: 0.9, correction: 0.4, epsilon: 1e-3, decay: 0.05 },
    );
    return [
      ...[...byMomentum, ...byAdam].map((tensor) => tensor.dataSync<'float32'>()),
      Float32Array.of(globalNorm([weight, gradient])),
    ];
  },
};

/** All outputs of the BatchNorm kernels for two segments. */
function batchNorm(pooledColumns: number | null): Float32Array[] {
  const x = sample([40, 96, 21]);
  const [gamma, beta] = [sample([2, 21]), sample([2, 21], 1, 3)] as const;
  const attributes = {
    segments: [24, 16],
    rows: 2,
    epsilon: 1e-3,
    groupSize: 3,
    ownMoments: true,
    isRectified: true,
    pooledColumns,
  };
  const { mean, variance, shift, sums } = batchNormMoments(x, attributes);
  const given = { x, gamma, beta, mean, variance };
  const { y, peaks } = batchNormForward(given, attributes);
  const dy = sample(y.shape, 1, 2);
  const { dx, dGamma, dBeta } = batchNormGradient({ dy, peaks, ...given }, attributes);
  return [y, mean, variance, shift, sums, dx, dGamma, dBeta].map((tensor) =>
    tensor.dataSync<'float32'>(),
  );
}

test.for(Object.entries(operations))(
  '%s are the same to the last bit for any threads',
  async ([, run]) => {
    const results: Float32Array[][] = [];
    for (const threads of [1, 2, 3]) {
      expect(await startBackend('wasm', { wasmDirectory, threads })).toMatchObject({
        name: 'wasm',
        threads,
      });
      results.push(run());
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  },
);
