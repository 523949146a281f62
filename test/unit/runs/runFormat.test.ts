import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { TABLES } from '../../../src/protocol/tables.ts';
import { writeCheckpoint } from '../../../src/runs/checkpoint.ts';
import { RunWriter } from '../../../src/runs/runWriter.ts';
import { temporaryFolder } from './folders.ts';
import { installPython } from './python.ts';
import { appendSteps, INIT, pairRow, stepRow } from './rows.ts';

const TEXT = readFileSync(join(import.meta.dirname, '../../../docs/run-format.md'), 'utf8');
const INSTALL_MS = 300_000;
let python = '';

beforeAll(() => {
  python = installPython();
}, INSTALL_MS);

/** Runs an example of the document, exactly as it stands there, and parses the lines it prints. */
function runExample(name: string, ...words: string[]): unknown[] {
  const code = TEXT.split(`<!-- ${name} -->\n\n\`\`\`python\n`)[1]?.split('```\n')[0] ?? '';
  expect(code).not.toBe('');
  const file = join(temporaryFolder(), name);
  writeFileSync(file, code);
  const lines = execFileSync(python, [file, ...words], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** Steps 1 … `to` of both ids. */
function both<R>(to: number, row: (step: number, id: number) => R): R[] {
  return Array.from({ length: 2 * to }, (_, i) => row(1 + (i >> 1), i & 1));
}

const named = (step: number, id: number) => ({
  ...stepRow(step, id),
  domain: INIT.domains[id]?.name,
});

describe('docs/run-format.md', () => {
  test('has an example that reads with pyarrow what a writer wrote', () => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    appendSteps(writer, 1, 70);
    writer.close();
    expect(runExample('read_run.py', writer.directory, 'steps')).toEqual(both(70, named));
    expect(runExample('read_run.py', writer.directory, 'pairs')).toEqual(both(70, pairRow));
    const bins = runExample('read_run.py', writer.directory, 'steps', '1');
    expect(bins).toHaveLength(8);
    const losses = Array.from({ length: 16 }, (_, i) => stepRow(17 + i, 1).loss);
    expect(bins[3]).toMatchObject({
      step: 32,
      domain: 'photo',
      loss_min: Math.min(...losses),
      loss_max: Math.max(...losses),
      loss_last: losses[15],
      images_last: 8,
    });
  });

  test('has an example that copes with resumed attempts and torn tails', async () => {
    const first = RunWriter.create(temporaryFolder(), INIT);
    appendSteps(first, 1, 40);
    const end = { step: 40, epoch: 2, stepMs: { median: 1 }, bestStep: null, metrics: {} };
    first.event({ type: 'ended', reason: 'stopped', ...end });
    first.close();
    const second = await RunWriter.resume(first.directory, 31);
    appendSteps(second, 32, 60);
    second.close();
    const file = join(second.directory, 'steps-2.arrow');
    const bytes = readFileSync(file);
    // Inside the last batch of five steps.
    writeFileSync(file, bytes.subarray(0, bytes.length - 40));
    expect(runExample('read_run.py', first.directory, 'steps')).toEqual(both(55, named));
  });

  test('has an example that reads checkpoints with safetensors', () => {
    const run = temporaryFolder();
    const file = writeCheckpoint(run, 'step-7', {
      json: { step: 7, logE: 0.1 + 0.2 },
      arrays: {
        'bn1/real/gamma': Float32Array.of(1.5, -0.25),
        'adam/m': Float64Array.of(Math.PI),
        ids: Int32Array.of(-7),
        bytes: Uint8Array.of(255),
      },
    });
    expect(runExample('read_checkpoint.py', join(run, file))).toEqual([
      { step: 7, logE: 0.1 + 0.2 },
      ['adam/m', 'float64', [Math.PI]],
      ['bn1/real/gamma', 'float32', [1.5, -0.25]],
      ['bytes', 'uint8', [255]],
      ['ids', 'int32', [-7]],
    ]);
  });

  test.each(Object.entries(TABLES))('describes every column of %s', (table, { keys, values }) => {
    const section = TEXT.split(`**${table}**`)[1]?.split('\n**')[0]?.split('\n#')[0] ?? '';
    for (const name of ['step', ...keys]) expect(section).toContain(`\`${name}\``);
    for (const [name, type] of Object.entries(values)) {
      const short = name.replace(/^logVarianceRatio(?=Se|Floor)/, '…');
      const row = section.split('\n').find((line) => line.includes(`\`${short}\``));
      expect(row?.replace(/ +/g, ' '), name).toContain(`| ${type} |`);
    }
  });

  test('describes every field of run.json', () => {
    const section = TEXT.split('## run.json')[1]?.split('\n## ')[0] ?? '';
    const { directory } = RunWriter.create(temporaryFolder(), INIT);
    const run = JSON.parse(readFileSync(join(directory, 'run.json'), 'utf8')) as object;
    for (const field of Object.keys(run)) expect(section).toContain(`\`${field}\``);
  });
});
