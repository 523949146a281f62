import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import {
  batchNormForward,
  batchNormGradient,
  batchNormMoments,
} from '../../../src/nn/batchNormKernel.ts';
import { onCpu, useBothBackends } from './backends.ts';
import { gradients, relativeError, sample, type Operation } from './gradients.ts';

useBothBackends();

const CHANNELS = [1, 2, 3, 5, 8, 17, 31];

interface Shape {
  readonly segments: number[];
  readonly pixels: number;
  readonly channels: number;
  readonly rows: number;
  readonly groupSize: number;
  readonly isRectified: boolean;
  readonly pooledColumns: number | null;
}

/** All outputs of the BatchNorm kernels on the current backend for [images, pixels, channels]. */
function batchNorm(values: Float32Array, { pixels, channels, ...kind }: Shape) {
  const { segments } = kind;
  const images = segments.reduce((sum, count) => sum + count, 0);
  const attributes = { ...kind, epsilon: 1e-3, ownMoments: true };
  const x = tf.tensor3d(values, [images, pixels, channels]);
  const gamma = sample([segments.length, channels], 2, 2);
  const beta = sample([segments.length, channels], 1, 3);
  const { mean, variance, shift, sums } = batchNormMoments(x, attributes);
  const given = { x, gamma, beta, mean, variance };
  const { y, peaks } = batchNormForward(given, attributes);
  const dy = sample(y.shape, 1, 4);
  const backward = batchNormGradient({ dy, peaks, ...given }, attributes);
  const read = (tensors: tf.Tensor[]) => tensors.map((tensor) => tensor.dataSync<'float32'>());
  return {
    statistics: read([mean, variance, shift, sums]),
    parameters: read([backward.dGamma, backward.dBeta]),
    y: read([y]),
    dx: read([backward.dx]),
  };
}

describe('BatchNorm on wasm', () => {
  test.for(CHANNELS)('of %d channels is that of the cpu backend', async (channels) => {
    for (const [segments, pixels, pooledColumns] of [
      [[3, 2], 7, null],
      [[1], 1, null],
      [[1], 5000, null],
      [[4, 1, 3], 1, null],
      [[3, 2], 24, 3],
      [[1], 4, 1],
      [[2, 1], 2400, 20],
    ] as const) {
      for (const [rows, groupSize] of [
        [1, 1],
        [segments.length, 1],
        [segments.length, channels],
      ] as const) {
        const isRectified = channels % 2 === 0;
        const kind = { rows, groupSize, isRectified, pooledColumns };
        const shape = { segments: [...segments], pixels, channels, ...kind };
        const images = segments.reduce((sum: number, count) => sum + count, 0);
        const x = sample([images, pixels, channels], 3).dataSync<'float32'>();
        const actual = batchNorm(x, shape);
        const expected = await onCpu(() => batchNorm(x, shape));
        // Sums run in the same order and precision: no rounding differs.
        expect(actual.statistics).toEqual(expected.statistics);
        expect(actual.parameters).toEqual(expected.parameters);
        expect(relativeError(actual.y, expected.y)).toBeLessThan(1e-6);
        // Of a single pixel it is what is left of terms of up to γ/√ε that cancel.
        const terms = images * pixels === 1 ? [2 / Math.sqrt(1e-3)] : [];
        const [dx, expectedDx] = [actual, expected].map((side) => [...side.dx[0]!, ...terms]);
        expect(relativeError([dx!], [expectedDx!])).toBeLessThan(1e-5);
      }
    }
  });

  test('keeps the variance of a domain that lies far from the other', () => {
    const pixels = 16;
    const levels = (mean: number) => Array.from({ length: pixels }, (_, k) => mean + k / 8);
    const x = Float32Array.from([0, 0, 10_000, 10_000].flatMap(levels));
    const kind = {
      segments: [2, 2],
      rows: 2,
      groupSize: 1,
      isRectified: false,
      pooledColumns: null,
    };
    const { statistics, y } = batchNorm(x, { ...kind, pixels, channels: 1 });
    // Of k/8 for k = 0 ... 15: mean 15/16, variance (16² − 1)/12/64.
    expect(statistics[0]).toEqual(new Float32Array([15 / 16, 10_000 + 15 / 16]));
    const variance = 255 / 12 / 64;
    expect(statistics[1]?.[0]).toBeCloseTo(variance, 6);
    expect(statistics[1]?.[1]).toBeCloseTo(variance, 6);
    const far = y[0]?.subarray(2 * pixels, 3 * pixels) ?? [];
    const scale = (far[15] ?? NaN) - (far[0] ?? NaN);
    // γ is the second of two evenly placed values in [-2, 2]: ±1.
    expect(Math.abs(scale)).toBeCloseTo(15 / 8 / Math.sqrt(variance + 1e-3), 3);
  });

  test.for([NaN, Infinity, -Infinity])('passes %d on as the cpu backend does', async (value) => {
    const kind = {
      segments: [3, 2],
      rows: 2,
      groupSize: 1,
      isRectified: false,
      pooledColumns: null,
    };
    const shape = { ...kind, pixels: 7, channels: 5 };
    const x = sample([5, 7, 5]).dataSync<'float32'>();
    x[38] = value;
    const actual = batchNorm(x, shape);
    const expected = await onCpu(() => batchNorm(x, shape));
    expect(places(Object.values(actual).flat())).toEqual(places(Object.values(expected).flat()));
  });
});

const operations: Record<string, { run: Operation; inputs: (channels: number) => number[][] }> = {
  'a convolution': {
    run: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
    inputs: (channels) => [
      [2, 6, 5, channels],
      [3, 2, channels, 33 - channels],
    ],
  },
  'a strided convolution': {
    run: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 3], 'same'),
    inputs: (channels) => [
      [1, 7, 8, 32 - channels],
      [3, 3, 32 - channels, channels],
    ],
  },
  'a depthwise convolution': {
    run: (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
    inputs: (channels) => [
      [2, 6, 5, channels],
      [3, 3, channels, 1],
    ],
  },
  'a max pooling': {
    run: (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same'),
    inputs: (channels) => [[2, 7, 6, channels]],
  },
};

describe.each(Object.entries(operations))('%s on wasm', (_, { run, inputs }) => {
  const make = (channels: number) =>
    inputs(channels).map((shape, index) => sample(shape, 1, index + 1));

  test.for(CHANNELS)('of %d channels has the gradients of the cpu backend', async (channels) => {
    const actual = gradients(run, make(channels));
    expect(gradients(run, make(channels))).toEqual(actual);
    const expected = await onCpu(() => gradients(run, make(channels)));
    expect(relativeError(actual, expected)).toBeLessThan(1e-5);
  });
});

test.for([NaN, Infinity])(
  '%d in x or dy reaches every place of a filter gradient that it does on cpu, and no other channel',
  async (value) => {
    const run = (poisoned: 'x' | 'dy') => {
      const values = [sample([2, 5, 5, 5]), sample([2, 5, 5, 9], 1, 2)].map((tensor, index) => {
        const data = tensor.dataSync<'float32'>();
        if ((index === 0) === (poisoned === 'x')) data[2] = value;
        return tf.tensor(data, tensor.shape);
      });
      const [x, dy] = values as [tf.Tensor, tf.Tensor];
      const attributes = { strides: 1, pad: 'same', filterShape: [3, 3, 5, 9] };
      const result: tf.Tensor = tf
        .engine()
        .runKernel('Conv2DBackpropFilter', { x, dy }, { ...attributes, dataFormat: 'NHWC' });
      return [...result.dataSync<'float32'>().entries()].flatMap(([place, value]) =>
        Number.isFinite(value) ? [] : [place],
      );
    };
    const actual = { x: run('x'), dy: run('dy') };
    const expected = await onCpu(() => ({ x: run('x'), dy: run('dy') }));
    for (const poisoned of ['x', 'dy'] as const) {
      expect(expected[poisoned].length).toBeGreaterThan(0);
      expect(actual[poisoned]).toEqual(expect.arrayContaining(expected[poisoned]));
      // Of the filter's [3, 3, 5, 9], the third input channel and the third output channel.
      const isElsewhere = (place: number) =>
        poisoned === 'x' ? Math.floor(place / 9) % 5 !== 2 : place % 9 !== 2;
      expect(actual[poisoned].filter(isElsewhere)).toEqual([]);
    }
  },
);

/** Where NaN and infinities are, and which. */
function places(arrays: Float32Array[]): string[] {
  return arrays.flatMap((values, array) =>
    [...values].flatMap((value, i) => (Number.isFinite(value) ? [] : [`${array}:${i} ${value}`])),
  );
}
