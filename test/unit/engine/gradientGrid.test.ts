import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { onCpu, useBothBackends } from './backends.ts';
import { differences, gradients, relativeError, sample, type Operation } from './gradients.ts';

useBothBackends();

type Padding = 'same' | 'valid' | tf.backend_util.ExplicitPadding;

/** More on one side than on the other, and more rows than columns. */
const UNEVEN: Padding = [
  [0, 0],
  [2, 0],
  [0, 1],
  [0, 0],
];

type Pair = [height: number, width: number];

const SIZES: Pair[] = [
  [1, 1],
  [5, 2],
  [4, 7],
];
const STRIDES: Pair[] = [
  [1, 1],
  [2, 2],
  [3, 1],
  [2, 3],
];

interface Case {
  readonly size: Pair;
  readonly window: Pair;
  readonly strides: Pair;
  readonly pad: Padding;
  /** From 1 to 9: below, at and above the lengths of SIMD vectors. */
  readonly channels: number;
  readonly filters: number;
  readonly batch: number;
}

/** Every combination of awkward sizes in which a window fits. */
function cases(windows: readonly Pair[]): Case[] {
  const all: Case[] = [];
  for (const size of SIZES) {
    for (const window of windows) {
      for (const strides of STRIDES) {
        for (const pad of ['same', 'valid', UNEVEN] as const) {
          const i = all.length;
          const [channels, filters, batch] = [1 + (i % 9), 1 + ((i * 5 + 3) % 9), 1 + (i % 2)];
          all.push({ size, window, strides, pad, channels, filters, batch });
        }
      }
    }
  }
  return all.filter(({ size, window, pad }) =>
    size.every((length, axis) => length + padded(pad, axis) >= (window[axis] ?? 0)),
  );
}

function padded(pad: Padding, axis: number): number {
  if (pad === 'same') return Infinity;
  if (pad === 'valid') return 0;
  const [before, after] = pad[axis + 1] ?? [0, 0];
  return before + after;
}

const name = 'of $batch x $size x $channels by $window, strides $strides, padding $pad';

/** Checks values and gradients on wasm against those of the cpu backend. */
async function expectThoseOfCpu(operation: Operation, inputs: () => tf.Tensor[]): Promise<void> {
  const all = () => [
    operation(...inputs()).dataSync<'float32'>(),
    ...gradients(operation, inputs()),
  ];
  expect(relativeError(all(), await onCpu(all))).toBeLessThan(1e-5);
}

const filters: Pair[] = [
  [1, 1],
  [2, 3],
  [6, 3],
];

describe('a convolution', () => {
  test.for(cases(filters))(`${name} has the cpu backend's gradients`, async (each) => {
    const { size, window, strides, pad, batch, channels } = each;
    await expectThoseOfCpu(
      (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad),
      () => [sample([batch, ...size, channels]), sample([...window, channels, each.filters], 1, 2)],
    );
  });
});

describe('a depthwise convolution', () => {
  test.for(cases(filters))(`${name} has the cpu backend's gradients`, async (each) => {
    const { size, window, strides, pad, batch, channels } = each;
    // Published kernels take one stride for both axes.
    const stride = strides[0];
    const multiplier = 1 + (each.filters % 3);
    await expectThoseOfCpu(
      (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad),
      () => [sample([batch, ...size, channels]), sample([...window, channels, multiplier], 1, 2)],
    );
  });
});

// Every window holds a cell: a pooling of padding alone has no value.
const windows: Pair[] = [
  [3, 2],
  [6, 3],
];

describe('a max pooling', () => {
  test.for(cases(windows))(`${name} has the cpu backend's gradients`, async (each) => {
    const { size, window, strides, pad, batch, channels } = each;
    await expectThoseOfCpu(
      (x) => tf.maxPool(x as tf.Tensor4D, window, strides, pad),
      () => [sample([batch, ...size, channels])],
    );
  });
});

describe('an average pooling', () => {
  test.for(cases(windows))(`${name} has the gradients of differences`, (each) => {
    const { size, window, strides, pad, batch, channels } = each;
    const pool = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, window, strides, pad);
    const inputs = [sample([batch, ...size, channels])];
    expect(relativeError(gradients(pool, inputs), differences(pool, inputs, 0.5))).toBeLessThan(
      1e-5,
    );
  });
});
