import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { rescale } from '../../../src/data/preprocess/rescale.ts';
import { resize } from '../../../src/data/preprocess/resize.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { userErrorOf } from './support.ts';

const random = randomStream(1, 'preprocess test');

type Shape = [height: number, width: number, channels: number];

function image(...[height, width, channels]: Shape) {
  const data = Float32Array.from({ length: height * width * channels }, () => 255 * random());
  return { height, width, channels, data };
}

describe('resize', () => {
  it.each<{ from: Shape; to: [height: number, width: number] }>([
    { from: [3, 4, 1], to: [7, 9] },
    { from: [9, 7, 3], to: [4, 3] },
    { from: [32, 32, 3], to: [28, 28] },
    { from: [1, 5, 1], to: [3, 1] },
  ])('gives what tf.image.resizeBilinear gives: $from to $to', async ({ from, to }) => {
    await tf.setBackend('cpu');
    const source = image(...from);
    const halfPixelCenters = true;
    const expected = tf.image.resizeBilinear(
      tf.tensor3d(source.data, from),
      to,
      false,
      halfPixelCenters,
    );
    const resized = resize(...to).apply(source);
    expect([resized.height, resized.width, resized.channels]).toEqual(expected.shape);
    expected.dataSync().forEach((value, i) => {
      expect(resized.data[i]).toBeCloseTo(value, 3);
    });
  });

  it('gives an image the longest side that it may have', () => {
    expect(resize(1, 8192).apply(image(2, 2, 1)).data).toHaveLength(8192);
  });

  it('leaves an image of that size as it is', () => {
    const source = image(4, 4, 3);
    expect(resize(4, 4).apply(source).data).toEqual(source.data);
  });

  it.each<[height: number, width: number]>([
    [28, 0],
    [28.5, 28],
    [99999, 99999],
    [8193, 1],
  ])('refuses sizes that are no whole numbers of pixels, or too many: %s x %s', async (...size) => {
    const error = await userErrorOf(() => resize(...size));
    expect(error.message).toBe(
      `resize(${size.join(', ')}): height and width are whole numbers of pixels from 1 to 8192`,
    );
    expect(error.details.field).toEqual(['preprocess']);
  });
});

describe('rescale', () => {
  const bytes = { height: 1, width: 3, channels: 1, data: Float32Array.of(0, 51, 255) };

  it('maps bytes to 0 to 1 by default', () => {
    expect(Array.from(rescale().apply(bytes).data)).toEqual([0, Math.fround(0.2), 1]);
  });

  it('multiplies first and adds then', () => {
    expect(Array.from(rescale(1 / 127.5, -1).apply(bytes).data)).toEqual([
      -1,
      Math.fround(-0.6),
      1,
    ]);
  });
});
