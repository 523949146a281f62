import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { crossEntropy, regularizationLosses } from '../../../src/nn/losses.ts';
import fixture from '../../fixtures/nn/cross_entropy.json' with { type: 'json' };
import { relativeError, startBothBackends } from '../engine/gradients.ts';

beforeAll(startBothBackends);

const { segments: sizes, classes, weights } = fixture;

function segments(all: readonly number[]) {
  let first = 0;
  return sizes.map((images, k) => {
    const labels = Int32Array.from(all.slice(first, (first += images)));
    return { images, labels, weight: weights[k]! };
  });
}

/** One segment of weight 1. */
function whole(...labels: number[]) {
  return [{ images: labels.length, labels: Int32Array.from(labels), weight: 1 }];
}

describe.each(['cpu', 'wasm'])('cross-entropy on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  test.each([
    ['plain', 0, fixture.labels, fixture.correct],
    ['smoothed', 0.1, fixture.labels, fixture.correct],
    ['partly', 0.1, fixture.partlyLabels, fixture.partlyCorrect],
  ] as const)('%s, it and its gradient are those of torch', (name, smoothing, labels, correct) => {
    const scores = tf.tensor2d(fixture.scores, [labels.length, classes]);
    const { loss, means, gradient } = fixture[name];
    const attributes = { segments: segments(labels), smoothing };
    const entropy = crossEntropy(scores, attributes);
    expect(relativeError([entropy.loss.dataSync()], [[loss]])).toBeLessThan(1e-6);
    expect(relativeError([entropy.segments.map((own) => own.loss)], [means])).toBeLessThan(1e-6);
    expect(entropy.segments.map((own) => own.correct)).toEqual(correct);
    const operation = (x: tf.Tensor) => tf.mul(3, crossEntropy(x as tf.Tensor2D, attributes).loss);
    const threefold = gradient.map((value) => 3 * value);
    expect(relativeError([tf.grad(operation)(scores).dataSync()], [threefold])).toBeLessThan(1e-6);
  });

  test('it is finite for scores however far apart', () => {
    const far = tf.tensor2d([[1e30, 0, -1e30]]);
    const { loss } = crossEntropy(far, { segments: whole(1), smoothing: 0 });
    expect(loss.dataSync()[0]).toBeCloseTo(1e30, -24);
    const gradient = tf.grad(
      (x) => crossEntropy(x as tf.Tensor2D, { segments: whole(1), smoothing: 0 }).loss,
    )(far);
    expect([...gradient.dataSync()]).toEqual([1, -1, 0]);
  });

  test.each([[NaN], [Infinity]])('%s among the scores is not lost, nor right', (score) => {
    const scores = tf.tensor2d([
      [1, 0],
      [score, 0],
    ]);
    const entropy = crossEntropy(scores, { segments: whole(0, 0), smoothing: 0 });
    expect(entropy.loss.dataSync()[0]).toBeNaN();
    expect(entropy.segments[0]?.loss).toBeNaN();
    expect(entropy.segments[0]?.correct).toBe(1);
  });

  test('a segment without labels has no score and no gradient', () => {
    const scores = tf.tensor2d([
      [0, Math.log(3)],
      [5, 1],
    ]);
    const unlabelled = { images: 1, labels: null, weight: 1 };
    const attributes = { segments: [...whole(1), unlabelled], smoothing: 0 };
    const entropy = crossEntropy(scores, attributes);
    expect(entropy.loss.dataSync()[0]).toBeCloseTo(-Math.log(3 / 4), 6);
    expect(entropy.segments[1]).toEqual({ loss: NaN, correct: NaN });
    const gradient = tf.grad((x) => crossEntropy(x as tf.Tensor2D, attributes).loss)(scores);
    expect([...gradient.dataSync().slice(2)]).toEqual([0, 0]);
  });

  test('it leaves nothing but its value behind', () => {
    const scores = tf.tensor2d([[1, 2]]);
    const before = tf.memory().numTensors;
    crossEntropy(scores, { segments: whole(1), smoothing: 0 }).loss.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('regularized weights count once, in layers called twice, wrapped and nested', () => {
  const two = {
    kernelInitializer: 'ones' as const,
    kernelRegularizer: tf.regularizers.l2({ l2: 1 }),
  };
  const shared = tf.layers.dense({ units: 2, ...two });
  const nested = tf.sequential({
    layers: [tf.layers.dense({ units: 3, inputShape: [2], ...two })],
  });
  const input = tf.input({ shape: [4, 2] });
  const inTime = tf.layers.timeDistributed({ layer: nested }).apply(input) as tf.SymbolicTensor;
  const once = tf.layers.dense({ units: 2, ...two }).apply(inTime) as tf.SymbolicTensor;
  const twice = shared.apply(shared.apply(once)) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: twice });
  const penalties = regularizationLosses(model).map((penalty) => penalty.dataSync()[0]);
  // Of ones, a kernel's sum of squares is its size: 2 x 3, 3 x 2 and 2 x 2.
  expect(penalties.sort()).toEqual([4, 6, 6]);
});
