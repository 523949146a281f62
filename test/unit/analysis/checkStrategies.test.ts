import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkStrategies } from '../../../src/analysis/checkStrategies.ts';
import * as api from '../../../src/api.ts';
import { startBothBackends, wasmDirectory } from '../engine/gradients.ts';
import { temporaryFolder } from '../runs/folders.ts';
import { openedRun } from './opened.ts';

await startBothBackends();

const MODEL = `return tf.sequential({ layers: [
  tf.layers.flatten({ inputShape }), bn('bn1'), tf.layers.dense({ units: classes }),
] });`;

const environment = { api, assets: wasmDirectory, imageThread: '' };

/** Checks strategies of an experiment without labels of real images. */
async function check(...strategies: string[]): Promise<void> {
  const folder = temporaryFolder();
  const experiment = join(folder, 'small.bn.ts');
  await openedRun(folder, { model: MODEL, labels: 'none' });
  const { random } = Math;
  await checkStrategies({ experiment, strategies }, environment).finally(() => {
    expect(Math.random).toBe(random);
  });
}

it('passes what could be trained', async () => {
  await check('shared', 'separate+mmd', 'conditional+adabn', 'group');
});

it.each([
  [
    'nothing that could replace statistics',
    'group+adabn',
    /^with group\+adabn: adabn replaces stat/,
  ],
  ['no labels for a phase', 'shared+finetune-frozen', /^with shared\+finetune-frozen: strategy "/],
])('refuses, by name, a later strategy that has %s', async (_, strategy, sentence) => {
  await expect(check('shared', strategy)).rejects.toThrow(sentence);
});

it('refuses the experiment itself in its own words', async () => {
  const folder = temporaryFolder();
  const experiment = join(folder, 'small.bn.ts');
  await openedRun(folder, { model: MODEL });
  rmSync(join(folder, 'real.idx'));
  const checked = checkStrategies({ experiment, strategies: ['shared', 'separate'] }, environment);
  await expect(checked).rejects.toThrow('domains.real.data: file "real.idx" does not exist');
});
