import fs from 'node:fs';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../../src/protocol/userError.ts';
import { readRun } from '../../../src/runs/runTailer.ts';
import { RunWriter } from '../../../src/runs/runWriter.ts';
import { temporaryFolder } from './folders.ts';
import { appendSteps, INIT, pairRow, rowsOf, stepRow } from './rows.ts';

afterEach(() => {
  mendDisk();
  vi.useRealTimers();
});

function mendDisk(): void {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
}

function errno(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Makes the disk full after so many more bytes; writes are cut short where it ends. */
function fillDiskAfter(bytes: number): void {
  const write = fs.writeSync.bind(fs) as (
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => number;
  let free = bytes;
  vi.spyOn(fs, 'writeSync').mockImplementation(((
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => {
    if (free === 0) throw errno('ENOSPC');
    const written = write(fd, buffer, offset, Math.min(length, free), position);
    free -= written;
    return written;
  }) as typeof fs.writeSync);
  syncBuiltinESMExports();
}

describe('a new run', () => {
  test('has a directory named after its time, experiment, strategy and seed', () => {
    vi.useFakeTimers({ now: new Date(2026, 10, 22, 14, 15, 3) });
    const writer = RunWriter.create(temporaryFolder(), INIT);
    writer.close();
    expect(basename(writer.directory)).toBe('20261122-141503-digits-separate+mmd-s3');
    const run = JSON.parse(readFileSync(join(writer.directory, 'run.json'), 'utf8')) as unknown;
    expect(run).toEqual(writer.run);
    expect(run).toMatchObject({ ...INIT, schema: 1, name: basename(writer.directory) });
  });

  test('gets a directory of its own when another starts in the same second', () => {
    vi.useFakeTimers({ now: new Date(2026, 0, 2, 3, 4, 5) });
    const runs = temporaryFolder();
    const writers = [1, 2, 3].map(() => RunWriter.create(runs, INIT));
    for (const writer of writers) writer.close();
    const base = '20260102-030405-digits-separate+mmd-s3';
    expect(readdirSync(runs).sort()).toEqual([base, `${base}-2`, `${base}-3`]);
    expect(writers.map(({ run }) => run.name)).toEqual([base, `${base}-2`, `${base}-3`]);
  });

  test('writes tables that Arrow itself reads back, ended in order', () => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    appendSteps(writer, 1, 40);
    writer.close();
    const steps = tableFromIPC(readFileSync(join(writer.directory, 'steps-1.arrow')));
    expect(steps.schema.fields.map(({ name, type }) => `${name}: ${String(type)}`)).toEqual([
      'step: Int32',
      'domain: Int32',
      'loss: Float32',
      'accuracy: Float32',
      'images: Int32',
    ]);
    expect(steps.toArray().map((row: object) => ({ ...row }))).toEqual(
      Array.from({ length: 80 }, (_, i) => stepRow(1 + (i >> 1), i & 1)),
    );
    const bins = tableFromIPC(readFileSync(join(writer.directory, 'steps-1.L1.arrow')));
    expect(bins.getChild('step')?.toArray()).toEqual(Int32Array.of(16, 16, 32, 32));
  });

  test('shows rows in their file 100 ms after they were appended, events at once', async () => {
    vi.useFakeTimers();
    const writer = RunWriter.create(temporaryFolder(), INIT);
    writer.append('steps', stepRow(1, 0));
    expect((await readRun(writer.directory)).tables).toEqual({});
    vi.advanceTimersByTime(100);
    expect(rowsOf((await readRun(writer.directory)).tables.steps)).toEqual([stepRow(1, 0)]);
    writer.append('steps', stepRow(1, 1));
    writer.event({ type: 'epoch', epoch: 1, step: 1 });
    const { events, tables } = await readRun(writer.directory);
    expect(events.map(({ type }) => type)).toEqual(['started', 'epoch']);
    expect(tables.steps?.step).toHaveLength(2);
    writer.close();
  });

  test('shows rows when they would be 100 ms old by the time it is asked about', async () => {
    vi.useFakeTimers();
    const writer = RunWriter.create(temporaryFolder(), INIT);
    writer.append('steps', stepRow(1, 0));
    vi.setSystemTime(Date.now() + 40);
    writer.flushDue(59);
    expect((await readRun(writer.directory)).tables).toEqual({});
    writer.flushDue(60);
    expect(rowsOf((await readRun(writer.directory)).tables.steps)).toEqual([stepRow(1, 0)]);
    writer.close();
  });

  test('shows rows though the event loop was never free', async () => {
    vi.useFakeTimers();
    const writer = RunWriter.create(temporaryFolder(), INIT);
    writer.append('steps', stepRow(1, 0));
    vi.setSystemTime(Date.now() + 100);
    writer.append('steps', stepRow(2, 0));
    expect(rowsOf((await readRun(writer.directory)).tables.steps)).toHaveLength(2);
    writer.close();
  });
});

describe('a run whose files cannot be written', () => {
  test.each([
    ['EROFS', 'the file system is read-only'],
    ['EACCES', 'permission denied'],
  ])('is not created when the folder answers %s', (code, reason) => {
    const runs = temporaryFolder();
    vi.spyOn(fs, 'mkdirSync').mockImplementation(() => {
      throw errno(code);
    });
    syncBuiltinESMExports();
    expect(() => RunWriter.create(runs, INIT)).toThrow(`Cannot write "${runs}": ${reason}.`);
    expect(readdirSync(runs)).toEqual([]);
  });

  test('is not created when a file stands where its folder should be', () => {
    const file = join(temporaryFolder(), 'runs');
    fs.writeFileSync(file, '');
    expect(() => RunWriter.create(file, INIT)).toThrow(UserError);
  });

  test.each([0, 1, 9, 100, 700, 1500, 4000])(
    'ends in one UserError when the disk is full after %i bytes, and stays readable',
    async (bytes) => {
      const writer = RunWriter.create(temporaryFolder(), INIT);
      appendSteps(writer, 1, 20);
      fillDiskAfter(bytes);
      expect(() => {
        appendSteps(writer, 21, 400);
      }).toThrow(/^Cannot write ".*": the disk is full\.$/);
      expect(() => {
        writer.append('steps', stepRow(401, 0));
      }).toThrow(UserError);
      mendDisk();
      writer.close();

      const { tables, events, warnings } = await readRun(writer.directory);
      expect(warnings).toEqual([]);
      const steps = rowsOf(tables.steps);
      expect(steps.length).toBeGreaterThanOrEqual(40);
      expect(steps).toEqual(steps.map((_, i) => stepRow(1 + (i >> 1), i & 1)));
      expect(rowsOf(tables.pairs)).toEqual(
        rowsOf(tables.pairs).map((_, i) => pairRow(1 + (i >> 1), i & 1)),
      );
      expect(events.filter(({ type }) => type === 'heartbeat').length).toBeGreaterThanOrEqual(4);
    },
  );

  test('may still say why it ended where events can be written', async () => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    fillDiskAfter(50);
    expect(() => {
      appendSteps(writer, 1, 5);
    }).toThrow(UserError);
    mendDisk();
    writer.event({
      type: 'ended',
      reason: 'failed',
      step: 5,
      epoch: 1,
      stepMs: { median: 1 },
      bestStep: null,
      metrics: {},
      error: 'The disk is full.',
    });
    writer.close();
    expect((await readRun(writer.directory)).status).toMatchObject({
      state: 'failed',
      error: 'The disk is full.',
    });
  });
});

describe('a resumed run', () => {
  const stopped = (step: number) =>
    ({
      type: 'ended',
      reason: 'stopped',
      step,
      epoch: 1,
      stepMs: { median: 1 },
      bestStep: null,
      metrics: {},
    }) as const;

  test('writes its next attempt beside the files of the ones before', async () => {
    const first = RunWriter.create(temporaryFolder(), INIT);
    appendSteps(first, 1, 30);
    first.event(stopped(30));
    first.close();
    const before = readFileSync(join(first.directory, 'steps-1.arrow'));
    const second = await RunWriter.resume(first.directory, 25);
    expect(second.attempt).toBe(2);
    expect(second.run).toEqual(first.run);
    appendSteps(second, 26, 27);
    second.close();
    expect(readFileSync(join(first.directory, 'steps-1.arrow'))).toEqual(before);
    const { events, status } = await readRun(first.directory);
    expect(events.at(-1)).toMatchObject({ type: 'resumed', attempt: 2, fromStep: 25 });
    expect(status).toMatchObject({ attempt: 2, step: 25 });
  });

  test('goes on filling the bins in which the earlier attempts broke off', async () => {
    const whole = RunWriter.create(temporaryFolder(), INIT);
    appendSteps(whole, 1, 700);
    whole.close();
    let broken = RunWriter.create(temporaryFolder(), INIT);
    const { directory } = broken;
    // Each attempt writes rows beyond the step from which the next one begins again.
    for (const [fromStep, to] of [
      [0, 130],
      [122, 400],
      [391, 395],
      [310, 700],
    ] as const) {
      if (fromStep > 0) broken = await RunWriter.resume(directory, fromStep);
      appendSteps(broken, fromStep + 1, to);
      broken.event(stopped(to));
      broken.close();
    }
    expect(rowsOf((await readRun(directory)).tables.pairs)).toEqual(
      rowsOf((await readRun(whole.directory)).tables.pairs),
    );
    const bins = (folder: string) =>
      readdirSync(folder)
        .filter((file) => /^pairs-\d+\.L1\.arrow$/.test(file))
        .sort()
        .flatMap((file) => {
          const rows = tableFromIPC(readFileSync(join(folder, file))).toArray();
          return rows.map((row: Record<string, number>) => ({ ...row }));
        });
    const [ofWhole, ofBroken] = [bins(whole.directory), bins(directory)];
    // Bins beyond step 310 stand in several attempts; the last one's are those that count.
    const valid = ofBroken.filter((bin, i) => {
      const again = ofBroken.findLastIndex(
        ({ step, site }) => step === bin['step'] && site === bin['site'],
      );
      return again === i;
    });
    expect(valid.sort((a, b) => a['step']! - b['step']! || a['site']! - b['site']!)).toEqual(
      ofWhole,
    );
  });

  test('cuts off the line that a killed writer left torn', async () => {
    const first = RunWriter.create(temporaryFolder(), INIT);
    first.event(stopped(0));
    first.close();
    fs.appendFileSync(join(first.directory, 'events.ndjson'), '{"t":17,"type":"heart');
    (await RunWriter.resume(first.directory, 0)).close();
    const lines = readFileSync(join(first.directory, 'events.ndjson'), 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      'started',
      'ended',
      'resumed',
    ]);
  });

  test('is refused while the run is alive', async () => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    writer.event({ type: 'heartbeat', step: 1, epoch: 1 });
    await expect(RunWriter.resume(writer.directory, 0)).rejects.toThrow(
      `run ${writer.run.name} is still training in process ${process.pid}`,
    );
    writer.close();
  });

  test('is refused to the second of two trainers that resume at the same time', async () => {
    const first = RunWriter.create(temporaryFolder(), INIT);
    first.event(stopped(0));
    first.close();
    const results = await Promise.allSettled(
      [1, 2].map(() => RunWriter.resume(first.directory, 0)),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (const result of results) {
      if (result.status === 'fulfilled') result.value.close();
      else
        expect(String(result.reason)).toMatch(
          /Another trainer is resuming this run|still training/,
        );
    }
  });

  test('is refused where there is no run', async () => {
    const folder = join(temporaryFolder(), 'nothing');
    mkdirSync(folder);
    await expect(RunWriter.resume(folder, 0)).rejects.toThrow(
      `There is no run here: "${join(folder, 'run.json')}" does not exist.`,
    );
  });
});
