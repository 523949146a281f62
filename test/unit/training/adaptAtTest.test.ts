import { expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import type { RunSummary, SplitMetrics } from '../../../src/protocol/events.ts';
import { readCheckpoint } from '../../../src/runs/checkpoint.ts';
import type { RecordedEvent } from '../../../src/recording/protocol.ts';
import { adabn } from '../../../src/strategies/adaptation/adabn.ts';
import { adaptAtTest } from '../../../src/training/adaptAtTest.ts';
import { openedRun } from '../analysis/opened.ts';
import { startBothBackends } from '../engine/gradients.ts';
import { temporaryFolder } from '../runs/folders.ts';

await startBothBackends();

/** Gives bright images class 1, if its statistics are those of the images. */
const MODEL = `return tf.sequential({ layers: [
  tf.layers.globalAveragePooling2d({ inputShape, dataFormat: 'channelsLast' }),
  bn('bn', { center: false, scale: false }),
  tf.layers.dense({ units: classes, name: 'scores', useBias: false }),
] });`;

const HALF: SplitMetrics = { accuracy: 0.5, n: 6, low: 0.2, high: 0.8, loss: 1 };

/** Adapts to real images, which are darker than the statistics say; class 1 is bright or dark. */
async function adapted(bright: 0 | 1) {
  const directory = temporaryFolder();
  const split = '{ train: 0.25, validation: 0.5, test: 0.25 }';
  const opened = await openedRun(directory, { model: MODEL, split });
  opened.model.getLayer('bn').setWeights([tf.tensor1d([0.375]), tf.tensor1d([0.0157])]);
  const row = bright === 1 ? [-1, 1] : [1, -1];
  opened.model.getLayer('scores').setWeights([tf.tensor2d([row])]);
  const events: RecordedEvent[] = [];
  const summary: RunSummary = {
    reason: 'finished',
    step: 9,
    epoch: 3,
    stepMs: { median: 1 },
    bestStep: 6,
    metrics: { synthetic: { validation: HALF }, real: { validation: HALF } },
  };
  const before = opened.model.weights.map((weight) => [...weight.read().dataSync()]);
  const result = await adaptAtTest(
    {
      adaptation: adabn.create(undefined),
      network: opened,
      domains: opened.data.domains,
      batchSize: 5,
      directory,
      record: (event) => events.push(event),
    },
    summary,
  );
  const after = opened.model.weights.map((weight) => [...weight.read().dataSync()]);
  return { directory, events, summary, result, before, after };
}

it('tests real images with adapted weights, synthetic ones and all else without', async () => {
  const { summary, result, events, before, after } = await adapted(1);
  expect(result.metrics['real']).toMatchObject({
    train: { accuracy: 1, n: 6 },
    validation: { accuracy: 1, n: 12 },
    test: { accuracy: 1, n: 6 },
  });
  expect(result.metrics['synthetic']).toEqual(summary.metrics['synthetic']);
  expect(result.unadapted).toEqual(summary.metrics);
  expect(after).toEqual(before);
  const [first, ...evals] = events;
  expect(first).toMatchObject({
    type: 'adaptation',
    step: 9,
    domain: 1,
    name: 'adabn',
    images: 6,
  });
  expect(evals.map((event) => event.type === 'eval' && [event.split, event.adapted])).toEqual([
    ['train', true],
    ['validation', true],
    ['test', true],
  ]);
});

it('keeps the adapted weights', async () => {
  const { directory, events, before } = await adapted(1);
  const file = events[0]?.type === 'adaptation' ? events[0].file : '';
  const { arrays } = readCheckpoint(directory, file);
  expect([...(arrays['weight/scores/kernel'] ?? [])]).toEqual(before[0]);
  expect(arrays['weight/bn/moving_mean']?.[0]).toBeCloseTo(0.18, 1);
});

it('warns when validation images are classified worse by more than chance explains', async () => {
  const { events } = await adapted(0);
  const judged = events.find((event) => event.type === 'eval' && event.split === 'validation');
  // Before, all 12 were taken for class 1; now the dark ones are, and no image is right.
  expect(judged).toMatchObject({ adapted: true, accuracy: 0, n: 12, gained: 0, lost: 6 });
  expect(events.at(-1)).toEqual({
    type: 'warning',
    code: 'adaptation-hurts',
    message: "adabn makes 6 of real's 12 validation images wrong and 0 right (p = 0.016)",
  });
});
