import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { adam } from '../../../src/nn/optimizers/specs.ts';
import { createOptimizer, type OptimizerState } from '../../../src/nn/optimizers/optimizer.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { CheckpointStore, type LoopState } from '../../../src/training/checkpointStore.ts';
import { startBothBackends } from '../engine/gradients.ts';
import { temporaryFolder } from '../runs/folders.ts';

await startBothBackends();

function trainee(run: string, units = 2) {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        units,
        inputShape: [3],
        name: 'constrained',
        kernelConstraint: tf.constraints.unitNorm({}),
      }),
    ],
  });
  const optimizer = createOptimizer(adam(), model.trainableWeights);
  const step = () => {
    const gradients = model.trainableWeights.map((weight, i) => [
      weight.name,
      tf.ones(weight.shape as number[]).mul(0.3 + i),
    ]);
    optimizer.apply(Object.fromEntries(gradients) as Record<string, tf.Tensor>, 1e-3);
  };
  const values = () => model.weights.map((weight) => [...weight.read().dataSync()]);
  return { store: new CheckpointStore(run, model.weights), optimizer, step, values };
}

const at = (step: number): LoopState => ({
  step,
  statistics: { pairs: [], controls: [] },
  stopping: { best: null, epochsSinceBest: 0 },
});

const NO_STATE: OptimizerState = { steps: {}, arrays: {} };

it('goes on from a checkpoint to the last bit, constrained weights included', () => {
  const run = temporaryFolder();
  const whole = trainee(run);
  for (let step = 0; step < 3; step++) whole.step();
  const file = whole.store.save(at(3), whole.optimizer.state(), true);

  const resumed = trainee(run);
  const { loop, optimizer } = resumed.store.resume(file, true);
  expect(loop).toEqual(at(3));
  resumed.optimizer.restore(optimizer);
  expect(resumed.store.bestStep).toBe(3);
  expect(resumed.values()).toEqual(whole.values());
  for (const each of [whole, resumed]) each.step();
  expect(resumed.values()).toEqual(whole.values());
});

it('keeps the newest and the best, and nothing before it is told to prune', async () => {
  const run = temporaryFolder();
  const { store, step, values } = trainee(run);
  const first = store.save(at(1), NO_STATE, false);
  step();
  const best = store.save(at(2), NO_STATE, true);
  const chosen = values();
  step();
  const newest = store.save(at(3), NO_STATE, false);
  expect([first, best, newest].map((file) => existsSync(join(run, file)))).toEqual([
    true,
    true,
    true,
  ]);
  await store.prune();
  expect(readdirSync(join(run, 'checkpoints')).map((name) => `checkpoints/${name}`)).toEqual([
    best,
    newest,
  ]);

  const resumed = trainee(run);
  resumed.store.resume(newest, false);
  expect(resumed.store.bestStep).toBe(2);
  resumed.store.restoreBest();
  expect(resumed.values()).toEqual(chosen);
});

it('stays the best when the same step is saved again, as a pause after an epoch does', async () => {
  const run = temporaryFolder();
  const { store } = trainee(run);
  store.save(at(4), NO_STATE, true);
  const again = store.save(at(4), NO_STATE, false);
  await store.prune();
  expect(store.bestStep).toBe(4);

  const resumed = trainee(run);
  resumed.store.resume(again, false);
  expect(resumed.store.bestStep).toBe(4);
  resumed.store.restoreBest();
});

it('refuses a checkpoint of another model', () => {
  const run = temporaryFolder();
  const file = trainee(run).store.save(at(1), NO_STATE, false);
  expect(() => trainee(run, 4).store.resume(file, false)).toThrow(UserError);
});
