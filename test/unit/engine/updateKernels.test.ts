import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  adamUpdate,
  globalNorm,
  momentumUpdate,
} from '../../../src/nn/optimizers/updateKernels.ts';
import { relativeError, sample, startBothBackends } from './gradients.ts';

beforeAll(startBothBackends);

const scaling = { gradientScale: 0.7, stepSize: 0.3 };
const adam = { ...scaling, beta1: 0.8, beta2: 0.9, correction: 0.4, epsilon: 1e-3, decay: 0.05 };
const momentum = { ...scaling, weightDecay: 0.2, momentum: 0.9, byGradient: 1, byMomentum: 0.9 };

type Values = readonly number[];
type Four = [Values, Values, Values, Values];

const positive = (x: tf.Tensor) => tf.tensor(x.dataSync().map(Math.abs), x.shape);

function inputs(size: number) {
  const [weight, gradient, first, other] = [1, 2, 3, 4].map((seed) => sample([size], 2, seed));
  if (!weight || !gradient || !first || !other) throw new Error('four samples');
  return { weight, gradient, firstMoment: first, secondMoment: positive(other) };
}

const valuesOf = (tensor: tf.Tensor): Values => [...tensor.dataSync()];

function adamFormula([w, g, m, v]: Four): number[][] {
  const { gradientScale, beta1, beta2, stepSize, correction, epsilon, decay } = adam;
  const scaled = g.map((value) => gradientScale * value);
  const first = m.map((value, i) => beta1 * value + (1 - beta1) * scaled[i]!);
  const second = v.map((value, i) => beta2 * value + (1 - beta2) * scaled[i]! ** 2);
  const next = w.map((value, i) => {
    const spread = Math.sqrt(second[i]!) / correction + epsilon;
    return (1 - decay) * value - (stepSize * first[i]!) / spread;
  });
  return [next, first, second];
}

function momentumFormula([w, g, b]: [Values, Values, Values]): number[][] {
  const scaled = g.map((value, i) => 0.7 * value + 0.2 * w[i]!);
  const next = b.map((value, i) => 0.9 * value + scaled[i]!);
  return [w.map((value, i) => value - 0.3 * (scaled[i]! + 0.9 * next[i]!)), next];
}

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 1023, 50_001])('%d weights are all updated', (size) => {
    const { weight, gradient, firstMoment, secondMoment } = inputs(size);
    const [w, g, m, v] = [weight, gradient, firstMoment, secondMoment].map(valuesOf) as Four;
    const byAdam = adamUpdate({ weight, gradient, firstMoment, secondMoment }, adam);
    expect(relativeError(byAdam.map(valuesOf), adamFormula([w, g, m, v]))).toBeLessThan(1e-6);
    const buffer = tf.tensor([...m]);
    const byMomentum = momentumUpdate({ weight, gradient, momentum: buffer }, momentum);
    const expected = momentumFormula([w, g, m]);
    expect(relativeError(byMomentum.map(valuesOf), expected)).toBeLessThan(1e-6);
    expect([weight, gradient].map(valuesOf)).toEqual([w, g]);
  });

  test('an update writes nothing beside its weights', () => {
    // Of tensors made one after another, one lies behind the other on the heap.
    const neighbours = Array.from({ length: 12 }, () => tf.fill([5], 7));
    const { weight, gradient, firstMoment, secondMoment } = inputs(5);
    const more = Array.from({ length: 12 }, () => tf.fill([5], 7));
    adamUpdate({ weight, gradient, firstMoment, secondMoment }, adam);
    for (const tensor of [...neighbours, ...more]) {
      expect(valuesOf(tensor)).toEqual([7, 7, 7, 7, 7]);
    }
  });

  test.each([NaN, Infinity])('a gradient of %d is seen in its weight, and in no other', (bad) => {
    const { weight, firstMoment, secondMoment } = inputs(6);
    const gradient = tf.tensor([0.1, 0.2, bad, 0.4, bad, 0.6]);
    const isBad = [false, false, true, false, true, false];
    const [byAdam] = adamUpdate({ weight, gradient, firstMoment, secondMoment }, adam);
    const [byMomentum] = momentumUpdate({ weight, gradient, momentum: tf.zeros([6]) }, momentum);
    for (const updated of [byAdam, byMomentum]) {
      expect(valuesOf(updated!).map((value) => !Number.isFinite(value))).toEqual(isBad);
    }
  });

  test('the global norm is that of all tensors taken together', () => {
    const tensors = [sample([7], 3, 1), sample([5, 3], 1e-3, 2), sample([1], 40, 3)];
    const expected = Math.hypot(...tensors.flatMap(valuesOf));
    expect(globalNorm(tensors) / expected).toBeCloseTo(1, 6);
    expect(globalNorm([tf.tensor([1e30, 1e30])]) / 1e30).toBeCloseTo(Math.SQRT2, 6);
    expect(globalNorm([tf.tensor([1, NaN])])).toBeNaN();
  });
});
