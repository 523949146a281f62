import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchNormalize } from '../../../src/nn/batchNormalize.ts';
import { differences, gradients, relativeError, sample, startBothBackends } from './gradients.ts';

const SILENT = { moments: () => undefined, gradient: () => undefined };

beforeAll(startBothBackends);

interface Kind {
  /** Of moments, for 2 segments. */
  readonly rows: number;
  /** Of γ and β. */
  readonly parameters: number;
  readonly ownMoments: boolean;
  readonly groupSize: number;
}

const KINDS: Kind[] = [1, 2].flatMap((rows) =>
  [1, 2].flatMap((parameters) => [
    { rows, parameters, ownMoments: true, groupSize: 1 },
    { rows, parameters, ownMoments: true, groupSize: 2 },
    { rows, parameters, ownMoments: false, groupSize: 1 },
  ]),
);

const NAMES =
  '$rows rows of moments, $parameters of parameters, own $ownMoments, $groupSize grouped';

function inputsOf({ parameters }: Kind): tf.Tensor[] {
  const own = [parameters, 2];
  return [sample([5, 4, 2], 2, 1), tf.add(sample(own, 0.5, 2), 1), sample(own, 0.5, 3)];
}

/** The kernels on 5 images of 2 × 2 pixels and 2 channels, as a function of x, γ and β. */
function operation(
  { rows, parameters, ownMoments, groupSize }: Kind,
  { isRectified = false, isPooled = false } = {},
) {
  const mean = sample([rows, 2], 0.3, 5) as tf.Tensor2D;
  const variance: tf.Tensor2D = tf.add(sample([rows, 2], 0.3, 6), 1);
  const attributes = {
    segments: [3, 2],
    rows,
    epsilon: 1e-3,
    isRectified,
    pooledColumns: isPooled ? 1 : null,
    groupSize,
    wantsMoments: false,
    correct: null,
  };
  return (...[x, gamma, beta]: tf.Tensor[]): tf.Tensor =>
    tf.tidy(() =>
      batchNormalize(
        {
          x: tf.reshape(x!, [5, 4, 2]),
          gamma: tf.reshape(gamma!, [parameters, 2]),
          beta: tf.reshape(beta!, [parameters, 2]),
          given: ownMoments ? null : { mean, variance },
        },
        attributes,
        SILENT,
      ),
    );
}

describe.each(['cpu', 'wasm'])('the BatchNorm kernels on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  test.each(KINDS)(`rectify as ReLU after them: ${NAMES}`, (kind) => {
    const apart = operation(kind);
    const inputs = inputsOf(kind);
    const results = [
      operation(kind, { isRectified: true }),
      (...x: tf.Tensor[]) => tf.relu(apart(...x)),
    ].map((run) => [run(...inputs).dataSync(), ...gradients(run, inputs)]);
    expect(relativeError(results[0]!, results[1]!)).toBeLessThan(1e-5);
  });

  test.each(KINDS)(`pool as max pooling after them: ${NAMES}`, (kind) => {
    const inputs = inputsOf(kind);
    const pool = (x: tf.Tensor) =>
      tf.maxPool(tf.reshape<tf.Rank.R4>(x, [5, 2, 2, 2]), 2, 2, 'valid');
    for (const isRectified of [false, true]) {
      const apart = operation(kind, { isRectified });
      const together = operation(kind, { isRectified, isPooled: true });
      const results = [together, (...x: tf.Tensor[]) => pool(apart(...x))].map((run) => [
        run(...inputs).dataSync(),
        ...gradients(run, inputs),
      ]);
      expect(relativeError(results[0]!, results[1]!)).toBeLessThan(1e-5);
    }
  });

  const pooledToo = KINDS.flatMap((kind) => [
    { ...kind, isPooled: false },
    { ...kind, isPooled: true },
  ]);
  const names = `${NAMES}, pooled $isPooled`;
  test.each(pooledToo)(`have the gradients of finite differences: ${names}`, (kind) => {
    const inputs = inputsOf(kind);
    const run = operation(kind, kind);
    const error = relativeError(gradients(run, inputs), differences(run, inputs, 1e-2));
    expect(error).toBeLessThan(2e-3);
  });

  test('lose nothing to a large offset', () => {
    const values = Float32Array.from({ length: 64 }, (_, i) => 10_000 + ((i * 7) % 16) / 8);
    const x = tf.tensor3d(values, [8, 8, 1]);
    let variance = NaN;
    const y = batchNormalize(
      {
        x,
        gamma: tf.ones([1, 1]),
        beta: tf.zeros([1, 1]),
        given: null,
      },
      {
        segments: [8],
        rows: 1,
        groupSize: 1,
        epsilon: 0,
        isRectified: false,
        pooledColumns: null,
        wantsMoments: true,
        correct: null,
      },
      {
        ...SILENT,
        moments: (moments) => {
          variance = moments.variance[0]!;
        },
      },
    );
    // The values 10000 + k/8, k = 0 ... 15 equally often: variance (16² − 1)/12/64.
    expect(variance).toBeCloseTo(255 / 12 / 64, 6);
    const first = -(15 / 2 / 8) / Math.sqrt(255 / 12 / 64);
    expect(y.dataSync()[0]).toBeCloseTo(first, 3);
  });

  test('leave no tensors behind', () => {
    const inputs = [sample([5, 4, 2]), tf.ones([2, 2]), tf.zeros([2, 2])];
    const run = operation({ rows: 2, parameters: 2, ownMoments: true, groupSize: 1 });
    const before = tf.memory().numTensors;
    tf.tidy(() => gradients(run, inputs));
    run(...inputs).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
