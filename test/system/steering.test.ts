import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { startTrainer, type TrainerProcess } from '../../src/process/trainerProcess.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import type { TrainerRequest } from '../../src/protocol/trainer.ts';
import { appendControl, type ControlBody } from '../../src/runs/control.ts';
import { readRun } from '../../src/runs/runTailer.ts';
import { draw, handwrittenDigits } from './handwrittenDigits.ts';
import { rows, until } from './observe.ts';
import { CLI, digitsExperiment, Project } from './project.ts';
import { unhurried, UNHURRIED } from './unhurried.ts';

const TRAINER = join(CLI, '..', 'trainer.js');

/** Lets a test end the trainer while it loads the experiment. */
const SIGNAL = `if (process.env['SIGNAL_WHILE_LOADING']) {
  process.kill(process.pid, 'SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 100));
}
`;

const project = new Project();
const trainers: TrainerProcess[] = [];
/** A run that nobody steered. */
let whole: string;

beforeAll(async () => {
  const digits = draw(handwrittenDigits(), 800, 1);
  project.writeDigits('a', digits.slice(0, 600));
  project.writeDigits('b', digits.slice(600));
  // With everything that could make a resumed run differ: masks, penalties, constraints, a schedule,
  // clipping, a choice.
  const experiment = digitsExperiment({ epochs: 12, split: '{ train: 0.8, validation: 0.2 }' })
    .replace('tf.layers.flatten(),', 'tf.layers.flatten(), tf.layers.dropout({ rate: 0.3 }),')
    .replace('units: classes', '$&, kernelRegularizer: tf.regularizers.l2({ l2: 1e-3 })')
    .replace('epochs: 12', 'epochs: 12, clipNorm: 1, earlyStopping: { patience: 11 }')
    .replace('Rate: 1e-3', 'Rate: warmup({ over: 20, next: cosineDecay({ initial: 1e-3 }) })')
    .replace('adamW, ', 'adamW, cosineDecay, warmup, ')
    .replace('train: { epochs', 'record: { channelsEvery: 1, mmdEvery: 3 },\n  train: { epochs');
  project.write('digits.bn.ts', unhurried(experiment) + SIGNAL);
  whole = await begin();
  await expect(end()).resolves.toMatchObject({ reason: 'finished' });
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const trainer of trainers.splice(0)) trainer.kill();
});
afterAll(() => {
  project.remove();
});

function start(request: TrainerRequest): TrainerProcess {
  const trainer = startTrainer({ trainer: TRAINER, request, detached: false });
  trainers.push(trainer);
  return trainer;
}

/** Starts a trainer that nobody watches; resolves to its run directory. */
function begin(file = 'digits.bn.ts'): Promise<string> {
  const experiment = project.path(file);
  return start({ type: 'train', experiment, strategy: 'separate', seed: 3, backend: 'auto' }).ready;
}

/** Begins a run that is not over before a test has said what it has to say. */
function beginUnhurried(): Promise<string> {
  vi.stubEnv(UNHURRIED, 'yes');
  const run = begin();
  vi.unstubAllEnvs();
  return run;
}

function resume(run: string): Promise<string> {
  return start({ type: 'resume', run, backend: 'auto' }).ready;
}

/** Waits for the newest trainer to end; returns what its run said last. */
async function end() {
  const trainer = trainers.at(-1);
  const run = await trainer?.ready;
  const exit = await trainer?.exited;
  const last = (await eventsOf(run ?? '')).at(-1);
  if (last?.type !== 'ended') throw new Error(`no end: ${JSON.stringify(exit)}`);
  expect(exit?.code).toBe(0);
  return last;
}

async function eventsOf(run: string): Promise<readonly RunEvent[]> {
  return (await readRun(run, { tables: [] })).events;
}

const say = (run: string, body: ControlBody) => appendControl(run, body);
const by = 'a test';

async function seen(run: string, type: RunEvent['type']) {
  return await until(async () => (await eventsOf(run)).find((event) => event.type === type));
}

async function stepsTrained(run: string): Promise<number> {
  return (await readRun(run)).tables.steps?.step.at(-1) ?? 0;
}

/** Resumes a run that broke off and expects the end of the one that never did. */
async function expectResumable(run: string, state = 'stopped'): Promise<void> {
  expect((await readRun(run)).status.state).toBe(state);
  await resume(run);
  const { metrics, bestStep } = await end();
  const unsteered = (await eventsOf(whole)).at(-1);
  expect(unsteered).toMatchObject({ metrics, bestStep });
  expect(await rows(run)).toEqual(await rows(whole));
}

it('stands still while paused, goes on, stops when asked, and resumes as if never stopped', async () => {
  const run = await beginUnhurried();
  await say(run, { type: 'pause', by });
  const paused = await seen(run, 'paused');
  expect((await readRun(run)).status.state).toBe('paused');
  const step = await stepsTrained(run);
  expect(paused).toMatchObject({ step });
  await sleep(1_500);
  expect(await stepsTrained(run)).toBe(step);
  // It lives on.
  expect((await eventsOf(run)).at(-1)).toMatchObject({ type: 'heartbeat', step });

  await say(run, { type: 'continue', by });
  await until(async () => ((await stepsTrained(run)) > step ? true : undefined));
  await say(run, { type: 'stop', by });
  const ended = await end();
  expect(ended).toMatchObject({ reason: 'stopped', metrics: {} });
  expect(ended.step).toBeLessThan((await readRun(run)).status.totalSteps);
  await expectResumable(run);
});

it('stops while paused', async () => {
  const run = await beginUnhurried();
  await say(run, { type: 'pause', by });
  await seen(run, 'paused');
  await say(run, { type: 'stop', by });
  await expect(end()).resolves.toMatchObject({ reason: 'stopped' });
});

it.each([
  ['training', false],
  ['paused', true],
])('stops when its lease lapses while %s, and resumes unwatched', async (_, pause) => {
  const run = await beginUnhurried();
  if (pause) await say(run, { type: 'pause', by });
  await say(run, { type: 'lease', until: Date.now() + (pause ? 1_000 : 200), by });
  await expect(end()).resolves.toMatchObject({ reason: 'lease' });
  await expectResumable(run);
});

it('stops on SIGTERM; damaged checkpoints are refused and leave the run as it is', async () => {
  const run = await beginUnhurried();
  const { pid } = trainers.at(-1) ?? {};
  await until(async () => ((await stepsTrained(run)) > 0 ? true : undefined));
  process.kill(pid ?? 0, 'SIGTERM');
  await expect(end()).resolves.toMatchObject({ reason: 'stopped' });

  const events = readFileSync(join(run, 'events.ndjson'));
  const restore = checkpointsOf(run).map(damage);
  await expect(resume(run)).rejects.toThrow(/^The checkpoint ".*" is damaged\.$/);
  expect(readFileSync(join(run, 'events.ndjson'))).toEqual(events);

  for (const mend of restore) mend();
  await expectResumable(run);
});

it('goes on from an older checkpoint where the newest is damaged, and names both', async () => {
  const run = await beginUnhurried();
  await seen(run, 'checkpoint');
  // In the middle of an epoch, of 15 steps: the older checkpoint is that of the epoch before.
  await until(async () =>
    [1, 2, 3, 4, 5].includes((await stepsTrained(run)) % 15) ? true : undefined,
  );
  await say(run, { type: 'stop', by });
  await expect(end()).resolves.toMatchObject({ reason: 'stopped' });
  const [older = '', newest = ''] = checkpointsOf(run);
  damage(newest);
  await expectResumable(run);
  const said = (await eventsOf(run)).flatMap((event) =>
    event.type === 'warning' ? [event.message] : [],
  );
  expect(said.find((message) => message.includes(`"${newest}" is damaged.`))).toContain(
    `The run goes on from ${older.slice(run.length + 1)}`,
  );
});

/** Lists the paths of a run's checkpoints, the newest last. */
function checkpointsOf(run: string): string[] {
  const folder = join(run, 'checkpoints');
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** Cuts a file short; returns what mends it. */
function damage(file: string): () => void {
  const bytes = readFileSync(file);
  truncateSync(file, bytes.length - 1);
  return () => {
    writeFileSync(file, bytes);
  };
}

it('refuses to go on with other images, and leaves the run as it is', async () => {
  const run = await beginUnhurried();
  await until(async () => ((await stepsTrained(run)) > 0 ? true : undefined));
  await say(run, { type: 'stop', by });
  await expect(end()).resolves.toMatchObject({ reason: 'stopped' });

  const events = readFileSync(join(run, 'events.ndjson'));
  const images = readFileSync(project.path('b-images.idx'));
  const [last = 0] = images.subarray(-1);
  project.write('b-images.idx', Buffer.concat([images.subarray(0, -1), Buffer.of(last ^ 1)]));
  const sentence = 'domains.b: the images or their labels have changed since run ';
  await expect(resume(run)).rejects.toThrow(sentence);
  expect(readFileSync(join(run, 'events.ndjson'))).toEqual(events);

  project.write('b-images.idx', images);
  await expectResumable(run);
});

it('fails with the reason when a file cannot grow, and resumes once it can', async () => {
  const words = ['train', 'digits.bn.ts', '--strategy', 'separate', '--seed', '3', '--out', 'full'];
  const command = [process.execPath, CLI, ...words].map((word) => `'${word}'`).join(' ');
  // A file of this size holds a checkpoint, but not all rows of the channels.
  const limited = promisify(execFile)('bash', ['-c', `ulimit -f 200; ${command}`], {
    cwd: project.folder,
  });
  const reason =
    /Cannot write "[^"]*channels-1\.arrow": the file may not grow further\. Raise the limit\. The run can then be resumed\./;
  await expect(limited).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringMatching(reason) as unknown,
  });
  const [name = ''] = readdirSync(project.path('full'));
  const run = project.path('full', name);
  expect((await eventsOf(run)).at(-1)).toMatchObject({ type: 'ended', reason: 'failed' });
  await expectResumable(run, 'failed');
});

it('promises no resumption where a file could not grow before the first checkpoint', async () => {
  const command = `ulimit -f 40; '${process.execPath}' '${CLI}' train digits.bn.ts --out first`;
  const limited = promisify(execFile)('bash', ['-c', command], { cwd: project.folder });
  await expect(limited).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining('Raise the limit. Then start again.') as unknown,
  });
});

it('stops before its first step when the signal came while it loaded', async () => {
  vi.stubEnv('SIGNAL_WHILE_LOADING', 'yes');
  const run = await begin();
  await expect(end()).resolves.toMatchObject({ reason: 'stopped', step: 0, bestStep: null });
  vi.unstubAllEnvs();
  await expectResumable(run);
});

it('ends after a refusal although the experiment left a timer', async () => {
  const text = digitsExperiment({ epochs: 1 }).replace('a-images.idx', 'none.idx');
  project.write('lost.bn.ts', `${text}\nsetInterval(() => undefined, 1000);\n`);
  await expect(begin('lost.bn.ts')).rejects.toThrow(/file "none.idx" does not exist/);
  const exit = await trainers.at(-1)?.exited;
  expect(exit).toMatchObject({ code: 2 });
});
