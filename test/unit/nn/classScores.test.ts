import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { classScores } from '../../../src/nn/classScores.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { relativeError, sample, startBothBackends } from '../engine/gradients.ts';

await startBothBackends();

const SHAPE = { inputShape: [4], classes: 3 };
const { dense, activation, softmax } = tf.layers;

function sequential(...layers: tf.layers.Layer[]): tf.Sequential {
  return tf.sequential({ layers });
}

test('a model that ends in scores is left as it is', () => {
  const model = sequential(dense({ inputShape: [4], units: 3 }));
  expect(classScores(model, SHAPE)).toEqual({ logits: model, softmax: null });
});

describe('a final softmax is taken out, with a notice', () => {
  const first = () => dense({ inputShape: [4], units: 3 });
  test.each([
    [
      'of a dense layer',
      () => sequential(dense({ inputShape: [4], units: 3, activation: 'softmax' })),
    ],
    ['of an activation layer', () => sequential(first(), activation({ activation: 'softmax' }))],
    ['layer', () => sequential(first(), softmax())],
    ['inside a nested model', () => sequential(first(), sequential(softmax({ inputShape: [3] })))],
    [
      'of a functional model',
      () => {
        const input = tf.input({ shape: [4] });
        const output = softmax().apply(first().apply(input)) as tf.SymbolicTensor;
        return tf.model({ inputs: input, outputs: output });
      },
    ],
  ])('%s', (_, build) => {
    const model = build();
    const x = sample([5, 4], 3);
    const before = model.apply(x) as tf.Tensor2D;
    const { logits, notice } = classScores(model, SHAPE);
    const scores = logits.apply(x) as tf.Tensor2D;
    expect(notice).toMatch(/^The softmax of the last layer ".+" was taken out/);
    expect(relativeError([tf.softmax(scores).dataSync()], [before.dataSync()])).toBeLessThan(1e-6);
    expect(
      Math.max(
        ...tf
          .sum(scores, 1)
          .dataSync()
          .map((sum) => Math.abs(sum - 1)),
      ),
    ).toBeGreaterThan(0.01);
  });
});

describe('another kind of model is refused in one sentence', () => {
  test.each([
    [
      'its classes',
      sequential(dense({ inputShape: [4], units: 2 })),
      /\[images, 2\] instead of .* \[images, 3\]/,
    ],
    [
      'its images',
      sequential(dense({ inputShape: [5], units: 3 })),
      /takes \[images, 5\], but the images are \[images, 4\]/,
    ],
    [
      'independent outputs',
      sequential(dense({ inputShape: [4], units: 3, activation: 'sigmoid' })),
      /applies sigmoid/,
    ],
    ['no layers', tf.sequential(), /has no layers/],
    [
      'two outputs',
      (() => {
        const input = tf.input({ shape: [4] });
        const outputs = [3, 3].map((units) => dense({ units }).apply(input) as tf.SymbolicTensor);
        return tf.model({ inputs: input, outputs });
      })(),
      /\[images, 3\] and \[images, 3\] instead/,
    ],
  ])('%s', (_, model, message) => {
    const check = () => classScores(model, SHAPE);
    expect(check).toThrow(UserError);
    expect(check).toThrow(message);
  });
});
