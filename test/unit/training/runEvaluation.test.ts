import * as tf from '@tensorflow/tfjs';
import { beforeEach, expect, it } from 'vitest';
import type { LoadedDomain } from '../../../src/data/domains.ts';
import { BatchContext } from '../../../src/nn/batchContext.ts';
import type { RecordedEvent } from '../../../src/recording/protocol.ts';
import {
  closeEvaluation,
  validate,
  type EvaluationParts,
} from '../../../src/training/runEvaluation.ts';
import { startBothBackends } from '../engine/gradients.ts';

await startBothBackends();

const PLACE = { step: 7, epoch: 1 };

/** Two images of one pixel, the score of class 0; class 1 always has 0. */
function part(pixel: number) {
  const read = (indices: Int32Array) =>
    Promise.resolve(new Float32Array(indices.length).fill(pixel));
  return { length: 2, labels: Int32Array.of(0, 0), read };
}

function domain(name: string, validation: number, test: number): LoadedDomain {
  return {
    name,
    kind: 'real',
    labelled: true,
    trainLabels: Int32Array.of(0, 1),
    parts: { train: part(1), validation: part(validation), test: part(test) },
    fingerprint: undefined,
  };
}

let events: RecordedEvent[];
beforeEach(() => {
  events = [];
});

/** What evaluating some domains takes: a net that says what it is shown, and nobody who stops it. */
function parts(...domains: LoadedDomain[]): EvaluationParts {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [1], useBias: false })],
  });
  model.layers[0]?.setWeights([tf.tensor2d([[1, 0]])]);
  return {
    trainee: { model, context: new BatchContext() },
    domains,
    plan: { probes: { segments: [{ domain: 0, images: 2 }] } },
    recorder: { event: (event: RecordedEvent) => events.push(event) },
    supervisor: { poll: () => Promise.resolve(), stopReason: () => null },
  } as unknown as EvaluationParts;
}

it('measures what is finite', async () => {
  const measured = await validate(parts(domain('a', 1, 1), domain('b', -1, 1)), PLACE);
  expect(measured.map((metrics) => metrics?.accuracy)).toEqual([1, 0]);
});

it.each([NaN, Infinity])('refuses to go on where validation images score %s', async (score) => {
  await expect(validate(parts(domain('a', 1, 1), domain('b', score, 1)), PLACE)).rejects.toThrow(
    'the validation loss of domain "b" became NaN at step 7',
  );
  // What was measured stands in the run all the same.
  expect(events).toMatchObject([{ loss: expect.closeTo(0.3133, 4) as number }, { loss: NaN }]);
});

it('refuses to end as finished where test images score NaN', async () => {
  await expect(closeEvaluation(parts(domain('a', 1, NaN)), PLACE)).rejects.toThrow(
    'the test loss of domain "a" became NaN at step 7',
  );
});
