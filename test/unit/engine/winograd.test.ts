import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { convolution2d } from '../../../src/engine/wasm/convolution.ts';
import {
  forwardCorrelation,
  inputGradientCorrelation,
} from '../../../src/engine/wasm/correlation.ts';
import { planPatches } from '../../../src/engine/wasm/winograd.ts';
import { onCpu, useBothBackends } from './backends.ts';
import { gradients, relativeError, sample, weightedSum } from './gradients.ts';

useBothBackends();

type Padding = 'same' | 'valid' | tf.backend_util.ExplicitPadding;

/** More on one side than on the other, and more than the filter reaches. */
const UNEVEN: Padding = [
  [0, 0],
  [3, 0],
  [0, 1],
  [0, 0],
];

interface Case {
  readonly batch: number;
  readonly size: readonly [height: number, width: number];
  readonly channels: number;
  readonly filters: number;
  readonly pad: Padding;
}

/**
 * Even and odd sizes, one image and many, images of less than a band of patches and of several,
 * channels in all remainders of a vector and of a panel.
 */
const cases: Case[] = [
  { batch: 1, size: [40, 37], channels: 13, filters: 15, pad: 'same' },
  { batch: 2, size: [9, 11], channels: 61, filters: 50, pad: 'valid' },
  { batch: 3, size: [7, 200], channels: 11, filters: 9, pad: 'valid' },
  { batch: 3, size: [28, 28], channels: 16, filters: 32, pad: 'same' },
  { batch: 7, size: [16, 15], channels: 17, filters: 36, pad: 'valid' },
  { batch: 7, size: [15, 16], channels: 12, filters: 17, pad: UNEVEN },
  { batch: 190, size: [3, 3], channels: 33, filters: 42, pad: 'valid' },
  { batch: 31, size: [5, 4], channels: 22, filters: 35, pad: UNEVEN },
  { batch: 40, size: [8, 8], channels: 10, filters: 10, pad: 'same' },
  { batch: 67, size: [1, 5], channels: 40, filters: 39, pad: 'same' },
  { batch: 300, size: [2, 2], channels: 14, filters: 26, pad: 'same' },
];

const name = 'of $batch x $size x $channels to $filters channels, padding $pad';

/** Describes the convolution to the engine; fails where it would not go by patches. */
function describeCase({ batch, size, channels, filters, pad }: Case) {
  const shape: [number, number, number, number] = [batch, ...size, channels];
  const info = tf.backend_util.computeConv2DInfo(shape, [3, 3, channels, filters], 1, 1, pad);
  const convolution = convolution2d(info);
  expect(planPatches(forwardCorrelation(convolution), batch, channels, filters)).not.toBeNull();
  const back = inputGradientCorrelation(convolution);
  expect(planPatches(back, batch, filters, channels)).not.toBeNull();
  return info;
}

function inputs({ batch, size, channels, filters }: Case): [tf.Tensor4D, tf.Tensor4D] {
  return [
    sample([batch, ...size, channels]) as tf.Tensor4D,
    sample([3, 3, channels, filters], 1, 2) as tf.Tensor4D,
  ];
}

function convolve(pad: Padding) {
  return (x: tf.Tensor, filter: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, pad);
}

/** A convolution and its gradients by their definition in double precision. */
function inDouble(
  { batchSize, inHeight, inWidth, inChannels, ...info }: tf.backend_util.Conv2DInfo,
  [x, filter, dy]: readonly [Float32Array, Float32Array, Float32Array],
) {
  const { outHeight, outWidth, outChannels, padInfo } = info;
  const y = new Float64Array(batchSize * outHeight * outWidth * outChannels);
  const dx = new Float64Array(x.length);
  const dFilter = new Float64Array(filter.length);
  for (let pixel = 0; pixel < batchSize * outHeight * outWidth; pixel++) {
    const column = pixel % outWidth;
    const row = Math.floor(pixel / outWidth) % outHeight;
    const image = Math.floor(pixel / outWidth / outHeight);
    for (let tap = 0; tap < 9; tap++) {
      const h = row + Math.floor(tap / 3) - padInfo.top;
      const w = column + (tap % 3) - padInfo.left;
      if (h < 0 || h >= inHeight || w < 0 || w >= inWidth) continue;
      for (let i = 0; i < inChannels; i++) {
        const from = ((image * inHeight + h) * inWidth + w) * inChannels + i;
        let sum = 0;
        for (let o = 0; o < outChannels; o++) {
          const place = (tap * inChannels + i) * outChannels + o;
          const weight = filter[place]!;
          y[pixel * outChannels + o]! += x[from]! * weight;
          sum += dy[pixel * outChannels + o]! * weight;
          dFilter[place]! += dy[pixel * outChannels + o]! * x[from]!;
        }
        dx[from]! += sum;
      }
    }
  }
  return { y, dx, dFilter };
}

/** The derivative of a weighted sum of the outputs as x moves along `direction`. */
function slope(run: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, direction: tf.Tensor): number {
  const [above = NaN, below = NaN] = [0.5, -0.5].map(
    (step) => weightedSum(run(tf.add(x, tf.mul(direction, step)))).dataSync()[0],
  );
  return above - below;
}

describe('a convolution by patches', () => {
  test.for(cases)(`${name} has right values and gradients`, (each) => {
    const info = describeCase(each);
    const [x, filter] = inputs(each);
    const run = convolve(each.pad);
    const y = run(x, filter);
    const [dy = new Float32Array()] = gradients((value) => value, [y]);
    const [dx, dFilter] = gradients(run, [x, filter]) as [Float32Array, Float32Array];
    const read = [x, filter].map((tensor) => tensor.dataSync<'float32'>());
    const expected = inDouble(info, [read[0]!, read[1]!, dy]);
    expect(relativeError([y.dataSync()], [expected.y])).toBeLessThan(1e-6);
    expect(relativeError([dx], [expected.dx])).toBeLessThan(1e-6);
    expect(relativeError([dFilter], [expected.dFilter])).toBeLessThan(1e-6);
  });

  test.for(cases)(`${name} has the gradient of differences`, (each) => {
    describeCase(each);
    const [x, filter] = inputs(each);
    const run = convolve(each.pad);
    const [dx = new Float32Array()] = gradients(run, [x, filter]);
    const direction = sample(x.shape, 1, 3);
    const along = direction.dataSync<'float32'>();
    const expected = dx.reduce((sum, value, i) => sum + value * along[i]!, 0);
    const size = dx.reduce((sum, value, i) => sum + Math.abs(value * along[i]!), 0);
    const difference = slope((value) => run(value, filter), x, direction) - expected;
    expect(Math.abs(difference) / size).toBeLessThan(1e-5);
  });

  test.for([NaN, Infinity, -Infinity])('passes %d on as the cpu backend does', async (poison) => {
    // Images of several groups, of which one has it.
    const each: Case = { batch: 12, size: [13, 12], channels: 17, filters: 33, pad: 'valid' };
    describeCase(each);
    const run = convolve(each.pad);
    const all = () => {
      const [x, filter] = inputs(each);
      const y = run(x, filter);
      const fromDy = gradients(
        (value, weights) => tf.mul(run(value, weights), poisoned(tf.ones(y.shape), poison)),
        [x, filter],
      );
      const outputs = [run(poisoned(x, poison), filter), run(x, poisoned(filter, poison))];
      const [, fromX = new Float32Array()] = gradients(run, [poisoned(x, poison), filter]);
      return [...outputs.map((output) => output.dataSync<'float32'>()), ...fromDy, fromX];
    };
    const actual = all();
    const expected = await onCpu(all);
    for (const values of expected) expect(notFinite(values)).not.toEqual([]);
    expect(actual.map(notFinite)).toEqual(expected.map(notFinite));
    expect(relativeError(actual.map(finite), expected.map(finite))).toBeLessThan(1e-6);
  });

  test('has finite outputs where only its transforms overflow', async () => {
    const each: Case = { batch: 8, size: [16, 16], channels: 12, filters: 12, pad: 'same' };
    describeCase(each);
    const all = () => {
      const [x, filter] = inputs(each);
      return [convolve(each.pad)(tf.mul(x, 3e38), tf.mul(filter, 1e-3)).dataSync<'float32'>()];
    };
    const actual = all();
    expect(actual.flatMap(notFinite)).toEqual([]);
    expect(relativeError(actual, await onCpu(all))).toBeLessThan(1e-6);
  });
});

function poisoned(tensor: tf.Tensor, poison: number): tf.Tensor {
  const values = tensor.dataSync<'float32'>().slice();
  values[Math.floor(values.length / 2)] = poison;
  return tf.tensor(values, tensor.shape);
}

/** Where NaN and infinities are, and which. */
function notFinite(values: Float32Array): string[] {
  return [...values].flatMap((value, i) => (Number.isFinite(value) ? [] : [`${i} ${value}`]));
}

function finite(values: Float32Array): Float32Array {
  return values.filter(Number.isFinite);
}
