import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { BatchContext } from '../../../src/nn/batchContext.ts';
import { evaluatePart } from '../../../src/training/evaluate.ts';
import { startBothBackends } from '../engine/gradients.ts';

await startBothBackends();

/** Five images of one pixel, which is the score of class 0; class 1 always has 0. */
const PIXELS = [2, -1, 3, -2, 0.5];
const LABELS = Int32Array.of(0, 1, 1, 1, 0);
const part = {
  length: PIXELS.length,
  labels: LABELS,
  read: (indices: Int32Array) => Promise.resolve(Float32Array.from(indices, (i) => PIXELS[i]!)),
};
const model = tf.sequential({
  layers: [tf.layers.dense({ units: 2, inputShape: [1], useBias: false })],
});
model.layers[0]?.setWeights([tf.tensor2d([[1, 0]])]);
const always = () => Promise.resolve(true);

it.each([2, 5, 100])('weighs every image equally in batches of %i', async (batchSize) => {
  const context = new BatchContext();
  const metrics = await evaluatePart(model, context, 0, part, batchSize, always);
  const losses = PIXELS.map((score, i) => Math.log(1 + Math.exp(LABELS[i] === 0 ? -score : score)));
  expect(metrics).toMatchObject({ accuracy: 4 / 5, n: 5 });
  expect(metrics?.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 5, 6);
});

it.each(['cpu', 'wasm'])(
  'counts no image as right whose scores are NaN, on %s',
  async (backend) => {
    await tf.setBackend(backend);
    const pixels = [2, NaN, Infinity, -Infinity];
    const labels = new Int32Array(pixels.length);
    const read = (indices: Int32Array) =>
      Promise.resolve(Float32Array.from(indices, (i) => pixels[i]!));
    const right = new Uint8Array(pixels.length);
    const broken = { length: pixels.length, labels, read };
    const metrics = await evaluatePart(model, new BatchContext(), 0, broken, 2, always, right);
    expect(metrics).toMatchObject({ accuracy: 1 / 4, loss: NaN });
    expect([...right]).toEqual([1, 0, 0, 0]);
  },
);

it('measures nothing without labels or images, or once it may not go on', async () => {
  const context = new BatchContext();
  const none = { ...part, length: 0, labels: new Int32Array() };
  for (const silent of [{ ...part, labels: null }, none]) {
    expect(await evaluatePart(model, context, 0, silent, 2, always)).toBeNull();
  }
  let batches = 0;
  const twice = () => Promise.resolve(++batches <= 2);
  expect(await evaluatePart(model, context, 0, part, 2, twice)).toBeNull();
  expect(batches).toBe(3);
});
