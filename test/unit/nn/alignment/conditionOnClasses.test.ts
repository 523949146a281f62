import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { conditionOnClasses } from '../../../../src/nn/alignment/conditionOnClasses.ts';
import { SeededMath } from '../../../../src/training/seededMath.ts';
import { useBothBackends } from '../../engine/backends.ts';
import { sample } from '../../engine/gradients.ts';

useBothBackends();

const CLASSES = 5;

/** The squared length of what a batch of one is mapped to. */
function lengths(features: number): { readonly size: number; readonly ratio: number } {
  const map = new SeededMath(3).within('map', () => conditionOnClasses(features, CLASSES));
  const [x, scores] = [sample([1, features]), sample([1, CLASSES], 3, 2)] as tf.Tensor2D[];
  const squared = (tensor: tf.Tensor) => tf.sum(tf.square(tensor)).dataSync()[0]!;
  const own = squared(map.apply(x!, scores!));
  return { size: map.size, ratio: own / (squared(x!) * squared(tf.softmax(scores!))) };
}

test('up to 4096 products are all there', () => {
  const { size, ratio } = lengths(800);
  expect(size).toBe(4000);
  expect(ratio).toBeCloseTo(1, 5);
});

test('of more, 1024 random mixtures keep lengths, to the error of so many draws', () => {
  const { size, ratio } = lengths(900);
  expect(size).toBe(1024);
  // The product of two squared normals varies by 8 about 1.
  expect(Math.abs(ratio - 1)).toBeLessThan(3 * Math.sqrt(8 / 1024));
});

test('no gradient reaches the scores', () => {
  const map = conditionOnClasses(4, CLASSES);
  const features = sample([3, 4]) as tf.Tensor2D;
  const grad = tf.grad((scores) =>
    // As training does, where the scores have other uses.
    tf.add(tf.sum(map.apply(features, scores as tf.Tensor2D)), tf.sum(scores)),
  );
  expect([...grad(sample([3, CLASSES])).dataSync()]).toEqual(new Array(3 * CLASSES).fill(1));
});
