import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunEvent } from '../../src/protocol/events.ts';
import { readRunFile } from '../../src/runs/runFile.ts';
import { draw, handwrittenDigits } from '../system/handwrittenDigits.ts';
import { rows } from '../system/observe.ts';
import { digitsExperiment, Project, reportOf } from '../system/project.ts';
import { userEnvironment } from './installation.ts';

const STEPS = 50;
const BATCH = 16;

const project = new Project(userEnvironment());

beforeAll(() => {
  const digits = draw(handwrittenDigits(), 2 * STEPS * BATCH, 1);
  project.writeDigits('a', digits.slice(0, STEPS * BATCH));
  project.writeDigits('b', digits.slice(STEPS * BATCH));
  project.write('digits.bn.ts', digitsExperiment({ epochs: 1, batchSize: BATCH }));
});
afterAll(() => {
  project.remove();
});

it.each(['shared', 'separate'])(
  'gives, %s, the losses of wasm to 1e-4 relative over 50 steps',
  async (strategy) => {
    const words = ['digits.bn.ts', '--strategy', strategy, '--seed', '3', '--backend'];
    const native = await project.train(...words, 'native');
    const wasm = await project.train(...words, 'wasm');
    expect([native.backend, wasm.backend]).toEqual(['native', 'wasm']);
    const actual = (await rows(native.run)).steps['loss'] ?? [];
    const expected = (await rows(wasm.run)).steps['loss'] ?? [];
    expect(expected).toHaveLength(2 * STEPS);
    const errors = expected.map((loss, row) => Math.abs((actual[row] ?? NaN) / loss - 1));
    expect(Math.max(...errors)).toBeLessThan(1e-4);
  },
);

it('is what auto trains on, and run.json names the versions', async () => {
  const { run, backend } = await project.train('digits.bn.ts', '--seed', '1');
  expect(backend).toBe('native');
  const { versions } = await readRunFile(run);
  expect(versions).toMatchObject({ tensorflow: '2.21.0', 'tfjs-node': '4.22.0' });
});

it('is not what auto resumes a run on that began on wasm', async () => {
  const { run } = await project.train('digits.bn.ts', '--epochs', '2', '--backend', 'wasm');
  dieAtLastCheckpoint(run);
  const { code, stdout, stderr } = await project.run('train', '--resume', run, '--json');
  expect(stderr).not.toMatch(/cannot go on/);
  expect(code).toBe(0);
  expect(reportOf(stdout).backend).toBe('wasm');
});

/** Makes a finished run one whose trainer died a minute ago, at its last checkpoint. */
function dieAtLastCheckpoint(run: string): void {
  const file = join(run, 'events.ndjson');
  const events = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
  const checkpoint = events.findLastIndex(({ type }) => type === 'checkpoint');
  const lines = events
    .slice(0, checkpoint + 1)
    .map((event) => `${JSON.stringify({ ...event, t: event.t - 60_000 })}\n`);
  writeFileSync(file, lines.join(''));
}
