import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent, RunSummary } from '../../../src/protocol/events.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { Recorder, type RecorderOptions } from '../../../src/recording/recorder.ts';
import type { StatisticsState } from '../../../src/recording/siteStatistics.ts';
import type { RunFileInit } from '../../../src/runs/runWriter.ts';
import { readRun } from '../../../src/runs/runTailer.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { SiteMonitor } from '../../../src/training/siteMonitor.ts';
import { bundled } from '../bundled.ts';
import { networkSite } from '../faults/network.ts';
import { temporaryFolder } from '../runs/folders.ts';
import { rowsOf } from '../runs/rows.ts';

const IMAGES = 8;
const CHANNELS = 3;
const SEGMENTS = [
  { domain: 0, images: IMAGES },
  { domain: 1, images: IMAGES },
];
const site = { call: 0, pooled: false, channels: CHANNELS, handling: 'mixed', frames: [] } as const;
const domain = { labelled: true, images: { train: 1000, validation: 0, test: 0 } };
const INIT: RunFileInit = {
  root: '..',
  experiment: 'small.bn.ts',
  modules: [],
  strategy: 'shared',
  seed: 1,
  epochs: 40,
  stepsPerEpoch: 4,
  batchSize: IMAGES,
  backend: { name: 'cpu', threads: 1 },
  versions: {},
  classes: ['a', 'b'],
  domains: [
    { name: 'synthetic', kind: 'synthetic', ...domain },
    { name: 'real', kind: 'real', ...domain },
  ],
  sites: [
    { ...site, name: 'bn1', layer: 'bn1' },
    { ...site, name: 'bn2', layer: 'bn2' },
  ],
  pairs: [{ a: 0, b: 1 }],
  controls: [],
  alignments: [],
  flags: { tolerance: 0.1, alpha: 0.05 },
  record: { channelsEvery: 5, mmdEvery: 4 },
  git: null,
};

const LABELS = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 2);
const NETWORK = INIT.sites.map(({ name }) => networkSite({ name }));

const thread = bundled('src/recording/thread.ts');
const mmdThread = bundled('src/recording/mmdThread.ts');
const statisticsKernel = join(import.meta.dirname, '../../../dist/wasm/statistics.wasm');

type Target = RecorderOptions['target'];

function open(target: Target, options: Partial<RecorderOptions> = {}): Promise<Recorder> {
  const shape = {
    channels: [CHANNELS, CHANNELS],
    layouts: [{ segments: SEGMENTS, trained: null }],
    terms: 1,
  };
  const threads = { thread: thread(), mmdThread: mmdThread(), statisticsKernel };
  return Recorder.open({ ...threads, target, shape, network: NETWORK, state: null, ...options });
}

const create = (runs: string, init = INIT): Target => ({ type: 'create', runs, init });

/** Trains the steps after `from` up to `to`; what is seen depends on the step alone. */
async function train(recorder: Recorder, to: number, from = 0): Promise<void> {
  const monitor = new SiteMonitor(recorder.memory);
  for (let step = from + 1; step <= to; step++) {
    await recorder.room();
    monitor.beginStep(0);
    for (const site of [0, 1]) {
      const random = randomStream(site, 'sums', step);
      const sums = new Float32Array(2 * IMAGES * CHANNELS * 2);
      for (let i = 0; i < sums.length; i += 2) {
        sums[i] = random() + (i < sums.length / 2 ? 0 : 1);
        sums[i + 1] = sums[i]! ** 2;
      }
      const shift = new Float32Array(CHANNELS);
      const mean = new Float32Array(CHANNELS);
      const variance = new Float32Array(CHANNELS).fill(1);
      const running = SEGMENTS.map(() => ({ mean, variance }));
      monitor.forward(
        site,
        { images: 2 * IMAGES, pixels: 1, channels: CHANNELS, shift, sums },
        SEGMENTS,
        running,
      );
      monitor.gradient(site, 1, step);
    }
    const outcome = { loss: 1 / step, accuracy: 0.5, labels: LABELS };
    const aligned = { loss: 1 / step, weight: 0.5, accuracy: NaN };
    recorder.endStep(step, [outcome, outcome], step % 2 === 0 ? [aligned] : []);
  }
}

function summary(step: number): RunSummary {
  const numbers = { step, epoch: 0, stepMs: { median: 1 }, bestStep: null };
  return { reason: 'stopped', ...numbers, metrics: {} };
}

function events(run: string): RunEvent[] {
  const lines = readFileSync(join(run, 'events.ndjson'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

/** The estimates of a run that count, of all images and of classes. */
async function estimates(run: string) {
  const { tables } = await readRun(run, { tables: ['mmd', 'mmdWindows', 'mmdClasses'] });
  const { mmd, mmdWindows, mmdClasses } = tables;
  return { mmd: rowsOf(mmd), windows: rowsOf(mmdWindows), classes: rowsOf(mmdClasses) };
}

async function contents(run: string) {
  const { tables } = await readRun(run, {
    tables: ['steps', 'sites', 'pairs', 'channels', 'distances'],
  });
  return tables;
}

describe('the recorder', () => {
  it('writes what losses that align the domains said, in the steps that had them', async () => {
    const recorder = await open(create(temporaryFolder()));
    await train(recorder, 5);
    await recorder.end(summary(5));
    const { tables } = await readRun(recorder.directory, { tables: ['alignments'] });
    expect(rowsOf(tables.alignments)).toEqual([
      { step: 2, term: 0, loss: 0.5, weight: 0.5, accuracy: NaN },
      { step: 4, term: 0, loss: 0.25, weight: 0.5, accuracy: NaN },
    ]);
  });

  it('writes what it is told in that order, the statistics of each step among it', async () => {
    const recorder = await open(create(temporaryFolder()));
    await train(recorder, 9);
    recorder.event({ type: 'epoch', epoch: 1, step: 9 });
    await recorder.end(summary(9));
    const told = events(recorder.directory);
    expect(told.map(({ type }) => type)).toEqual(['started', 'flag', 'flag', 'epoch', 'ended']);
    const { steps, sites, pairs, channels, distances } = await contents(recorder.directory);
    expect(steps?.step).toEqual(Int32Array.from({ length: 18 }, (_, row) => 1 + (row >> 1)));
    expect(sites?.gradientNorm.slice(-4)).toEqual(Float64Array.of(0, 9, 0, 9));
    expect(pairs?.step.filter((step) => step === 7)).toHaveLength(2);
    expect(new Set(channels?.step)).toEqual(new Set([5]));
    expect(distances?.step).toEqual(Int32Array.of(5, 5));
  });

  it('goes on from a checkpointed state to the same rows as without a break', async () => {
    const whole = await open(create(temporaryFolder()));
    await train(whole, 30);
    await whole.end(summary(30));

    const first = await open(create(temporaryFolder()));
    await train(first, 12);
    const state = JSON.parse(JSON.stringify(await first.settle())) as StatisticsState;
    await train(first, 14, 12);
    await first.end(summary(14));
    const { directory } = first;
    const second = await open({ type: 'resume', directory, fromStep: 12 }, { state });
    await train(second, 30, 12);
    await second.end(summary(30));
    expect(await contents(directory)).toEqual(await contents(whole.directory));
    const [resumed, straight] = [await estimates(directory), await estimates(whole.directory)];
    expect(resumed.mmd).toEqual(straight.mmd);
    expect(resumed.classes).toEqual(straight.classes);
    // A window begins anew: of its batches nothing but the estimates was kept.
    expect(straight.windows[0]).toMatchObject({ step: 16, batches: 4, fromStep: 4 });
    expect(resumed.windows[0]).toMatchObject({ step: 28, batches: 4, fromStep: 16 });
  });

  it('tells faults of steps and of the weights at the end of epochs, once over all attempts', async () => {
    // Mean 1 and deviation 0.6 under running statistics that stay at 0 and 1.
    const skewed = { code: 'statistics-lag', step: 90 };
    const collapse = { code: 'gamma-collapse', step: 60, site: 1 };
    const weights = (gamma: number) =>
      [1, gamma].map((value) => [{ gamma: new Float32Array(CHANNELS).fill(value), beta: null }]);
    const first = await open(create(temporaryFolder()));
    first.endEpoch(0, 0, weights(1));
    await train(first, 60);
    first.endEpoch(60, 1, weights(0));
    await train(first, 80, 60);
    const state = await first.settle();
    await train(first, 100, 80);
    await first.end(summary(100));
    const { directory } = first;
    const second = await open({ type: 'resume', directory, fromStep: 80 }, { state });
    await train(second, 150, 80);
    second.endEpoch(150, 2, weights(0));
    await second.end(summary(150));
    const found = (await readRun(directory, { tables: [] })).events;
    expect(found.filter(({ type }) => type === 'fault')).toMatchObject([
      collapse,
      { ...skewed, site: 0 },
      { ...skewed, site: 1 },
    ]);
  });

  it('has everything in the files once it has settled', async () => {
    const recorder = await open(create(temporaryFolder()));
    await train(recorder, 20);
    await recorder.settle();
    expect((await contents(recorder.directory)).pairs?.step.at(-1)).toBe(20);
    expect((await estimates(recorder.directory)).mmd).toHaveLength(10);
    await recorder.end(summary(20));
  });

  it('keeps up the sign of life while the training thread is busy', async () => {
    const recorder = await open(create(temporaryFolder()));
    await train(recorder, 5);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
    const beats = events(recorder.directory).filter((event) => event.type === 'heartbeat');
    expect(beats.length).toBeGreaterThanOrEqual(2);
    expect(beats.at(-1)).toMatchObject({ step: 5, epoch: 1 });
    await recorder.end(summary(5));
  });

  it('refuses what its writer refuses, with the same error', async () => {
    const recorder = await open(create(temporaryFolder()));
    const { directory } = recorder;
    const refusal = await open({ type: 'resume', directory, fromStep: 0 }).catch((e: unknown) => e);
    expect(refusal).toBeInstanceOf(UserError);
    expect((refusal as UserError).message).toMatch(/is still training in process \d+$/);
    await recorder.end(summary(0));
  });

  it('ends the run with the stack of a bug in its thread, and still says so in the run', async () => {
    const recorder = await open(create(temporaryFolder()));
    await train(recorder, 1);
    recorder.event(null as unknown as never);
    const failure = await recorder.settle().catch((error: unknown) => error);
    expect((failure as Error).stack).toMatch(/TypeError[^]*bundle\.cjs/);
    expect(() => {
      recorder.event({ type: 'epoch', epoch: 1, step: 1 });
    }).toThrow(failure);
    await recorder.end({ ...summary(1), reason: 'failed', error: 'a bug' });
    expect(events(recorder.directory).at(-1)).toMatchObject({ type: 'ended', reason: 'failed' });
  });

  it('has MMD estimated by permutations and class by class', async () => {
    const recorder = await open(create(temporaryFolder()));
    await train(recorder, 9);
    await recorder.end(summary(9));
    const { mmd, classes } = await estimates(recorder.directory);
    expect(mmd).toMatchObject(
      [4, 4, 8, 8].map((step, row) => ({ step, site: row % 2, pair: 0, n: IMAGES, m: IMAGES })),
    );
    for (const { p, permutations, kernels, bandwidth } of mmd) {
      // The domains lie a whole range apart: no other split of the images gives as much.
      expect([p, permutations, kernels]).toEqual([1 / 200, 199, 5]);
      expect(bandwidth).toBeGreaterThan(0);
    }
    expect(classes).toMatchObject(
      [4, 4, 8, 8].flatMap((step, row) => [
        { step, site: row % 2, pair: 0, class: 0, n: 4, m: 4 },
        { step, site: row % 2, pair: 0, class: 1, n: 3, m: 3 },
      ]),
    );
  });

  it('has MMD estimated over the batches of several steps', async () => {
    const recorder = await open(create(temporaryFolder()));
    await train(recorder, 100);
    await recorder.end(summary(100));
    const { windows } = await estimates(recorder.directory);
    expect(windows).toHaveLength(2 * 22);
    expect(windows.at(-1)).toMatchObject({
      ...{ step: 100, site: 1, pair: 0, batches: 20, fromStep: 24 },
      ...{ n: 20 * IMAGES, m: 20 * IMAGES, kernels: 5, frequencies: 16 },
    });
    for (const { mmd2, floor99 } of windows) expect(mmd2).toBeGreaterThan(floor99!);
  });

  it('leaves out no estimate when they come faster than they can be made', async () => {
    const init = { ...INIT, record: { channelsEvery: 50, mmdEvery: 1 } };
    const recorder = await open(create(temporaryFolder(), init));
    await train(recorder, 60);
    await recorder.end(summary(60));
    const { mmd } = await estimates(recorder.directory);
    expect(mmd.map(({ step, site }) => [step, site])).toEqual(
      Array.from({ length: 120 }, (_, index) => [1 + (index >> 1), index % 2]),
    );
  });

  it.each([
    ['throws', "throw new Error('no MMD here')", 'no MMD here'],
    ['ends', 'process.exit()', 'the thread that estimates MMD has ended'],
  ])('fails the run in a sentence when the thread for MMD %s', async (_what, code, sentence) => {
    const broken = join(temporaryFolder(), 'broken.js');
    const listening = `require('node:worker_threads').parentPort.on('message', () => { ${code}; });`;
    writeFileSync(broken, listening);
    const recorder = await open(create(temporaryFolder()), { mmdThread: broken });
    await train(recorder, 4);
    await expect(recorder.settle()).rejects.toThrow(sentence);
    await recorder.end({ ...summary(4), reason: 'failed', error: sentence });
    expect(events(recorder.directory).at(-1)).toMatchObject({ type: 'ended', reason: 'failed' });
  });

  it('refuses a thread that cannot start', async () => {
    const broken = join(temporaryFolder(), 'broken.js');
    writeFileSync(broken, "throw new Error('no thread here');");
    await expect(open(create(temporaryFolder()), { thread: broken })).rejects.toThrow(
      'no thread here',
    );
  });
});
