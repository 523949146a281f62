import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunDelta } from '../../../src/protocol/delta.ts';
import type { EndReason, RunEventBody } from '../../../src/protocol/events.ts';
import { DISTANCES, TABLES, type TableName } from '../../../src/protocol/tables.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { addNote } from '../../../src/runs/notes.ts';
import { readRun, RunTailer } from '../../../src/runs/runTailer.ts';
import { RunWriter } from '../../../src/runs/runWriter.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { temporaryFolder } from './folders.ts';
import { appendSteps, INIT, pairRow, rowsOf, stepRow } from './rows.ts';

function ended(step: number, reason: EndReason = 'stopped'): RunEventBody {
  const stepMs = { median: 1 };
  return { type: 'ended', reason, step, epoch: 1, stepMs, bestStep: null, metrics: {} };
}

/** Writes a finished run of so many steps. */
function finishedRun(steps: number): string {
  const writer = RunWriter.create(temporaryFolder(), INIT);
  appendSteps(writer, 1, steps);
  writer.event(ended(steps, 'finished'));
  writer.close();
  return writer.directory;
}

/** What a reader holds that applies every delta as its protocol says. */
class Reader {
  events: RunDelta['events'] = [];
  notes: RunDelta['notes'] = [];
  warnings: string[] = [];
  resets = 0;
  readonly rows = Object.fromEntries(
    Object.keys(TABLES).map((table) => [table, [] as unknown[]]),
  ) as Record<TableName, Record<string, number>[]>;

  constructor(readonly tailer: RunTailer) {}

  async poll(): Promise<RunDelta> {
    const delta = await this.tailer.poll();
    if (delta.reset) {
      this.resets++;
      this.events = [];
      this.notes = [];
      for (const table of Object.keys(this.rows) as TableName[]) this.rows[table] = [];
    }
    this.events = [...this.events, ...delta.events];
    this.notes = [...this.notes, ...delta.notes];
    this.warnings.push(...delta.warnings);
    for (const table of Object.keys(this.rows) as TableName[]) {
      this.rows[table].push(...rowsOf(delta.tables[table]));
    }
    return delta;
  }
}

function expectSteps(reader: Reader, to: number): void {
  const two = Array.from({ length: 2 * to }, (_, i) => [1 + (i >> 1), i & 1] as const);
  expect(reader.rows.steps).toEqual(two.map(([step, id]) => stepRow(step, id)));
  expect(reader.rows.pairs).toEqual(two.map(([step, id]) => pairRow(step, id)));
}

describe('a live run', () => {
  test('gives every poll what was appended since the one before', async () => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    const reader = new Reader(new RunTailer(writer.directory));
    expect(await reader.poll()).toMatchObject({ reset: true, tables: {}, run: writer.run });
    for (const to of [5, 10, 25, 60]) {
      appendSteps(writer, (reader.rows.steps.at(-1)?.['step'] ?? 0) + 1, to);
      const delta = await reader.poll();
      expect(delta.reset).toBe(false);
      expect(delta.status).toMatchObject({ state: 'running', step: to, totalSteps: 100 });
      expectSteps(reader, to);
    }
    const note = await addNote(writer.directory, { author: 'Ada', text: 'Look: “é”', step: 7 });
    expect((await reader.poll()).notes).toEqual([note]);
    const nothing = { reset: false, events: [], tables: {}, notes: [], warnings: [] };
    expect(await reader.poll()).toMatchObject(nothing);
    writer.close();
  });

  test('gives the same whatever is torn at whichever byte', async () => {
    const whole = finishedRun(30);
    await addNote(whole, { author: 'Ada', text: 'Schön' });
    const copy = join(temporaryFolder(), 'run');
    mkdirSync(copy);
    copyFileSync(join(whole, 'run.json'), join(copy, 'run.json'));
    const reader = new Reader(new RunTailer(copy));
    const random = randomStream(1, 'torn');
    const files = readdirSync(whole).filter((file) => file !== 'run.json' && !file.includes('.L'));
    const left = new Map(files.map((file) => [file, readFileSync(join(whole, file))]));
    while (left.size > 0) {
      for (const [file, bytes] of left) {
        // Now and then nothing: the file then appears later than the others.
        const piece = Math.floor(random() * 60);
        appendFileSync(join(copy, file), bytes.subarray(0, piece));
        if (piece >= bytes.length) left.delete(file);
        else left.set(file, bytes.subarray(piece));
      }
      await reader.poll();
    }
    expectSteps(reader, 30);
    const straight = await readRun(whole);
    expect(reader.events).toEqual(straight.events);
    expect(reader.notes).toEqual(straight.notes);
    expect(reader.resets).toBe(1);
    expect(reader.warnings).toEqual([]);
  });

  test('is refused until run.json is there, and read from then on', async () => {
    const whole = finishedRun(5);
    const copy = join(temporaryFolder(), 'run');
    const reader = new Reader(new RunTailer(copy));
    await expect(reader.poll()).rejects.toThrow(UserError);
    cpSync(whole, copy, { recursive: true });
    await reader.poll();
    expectSteps(reader, 5);
  });

  test('ignores events of later versions', async () => {
    const directory = finishedRun(5);
    appendFileSync(join(directory, 'events.ndjson'), '{"t":1,"type":"eclipse","step":3}\n');
    const { events, warnings } = await readRun(directory);
    expect(events.at(-1)?.type).toBe('ended');
    expect(warnings).toEqual([]);
  });
});

describe('a run of an earlier version', () => {
  const place = { site: 1, pair: 0 };
  const distance = { value: 2, expected: 1, floor95: 3, floor99: null };
  const divergence = { type: 'divergence', ...place, channels: 16, n: 64, m: 32 };
  const distances = Object.fromEntries(DISTANCES.map((name) => [name, distance]));
  const estimate = { type: 'mmd', ...place, estimator: 'unbiased', n: 64, m: 32 };
  const permutationTest = { p: 0.005, permutations: 199 };
  const classes = [{ label: 4, mmd2: null, n: 8, m: 3 }];

  function writeEvents(directory: string, events: readonly object[]): void {
    const lines = events.map((event) => `${JSON.stringify({ t: 1, ...event })}\n`);
    appendFileSync(join(directory, 'events.ndjson'), lines.join(''));
  }

  test('has its estimates of MMD and its distances, then events, in the tables', async () => {
    const directory = finishedRun(5);
    writeEvents(directory, [
      { step: 2, ...divergence, ...distances },
      { step: 2, ...estimate, mmd2: -0.25, bandwidths: [1, 2], permutationTest, classes },
      { step: 4, ...estimate, mmd2: null, bandwidths: [1, 2] },
    ]);
    const { tables, events } = await readRun(directory);
    expect(events.at(-1)?.type).toBe('ended');
    const at = { step: 2, ...place, n: 64, m: 32 };
    const kernels = { bandwidth: 2, kernels: 2 };
    expect(rowsOf(tables.mmd)).toEqual([
      { ...at, mmd2: -0.25, ...permutationTest, ...kernels },
      { ...at, step: 4, mmd2: NaN, p: NaN, permutations: 0, ...kernels },
    ]);
    expect(rowsOf(tables.mmdClasses)).toEqual([
      { step: 2, ...place, class: 4, mmd2: NaN, n: 8, m: 3 },
    ]);
    expect(rowsOf(tables.distances)).toMatchObject([
      {
        ...at,
        channels: 16,
        jeffreys: 2,
        gapExpected: 1,
        gapFloor95: 3,
        hellingerSquaredFloor99: NaN,
      },
    ]);
  });

  test('has them before the rows of the attempt that resumed it, void ones left out', async () => {
    const first = RunWriter.create(temporaryFolder(), INIT);
    const { directory } = first;
    first.close();
    const bandwidths = [1, 2];
    for (const step of [10, 20])
      writeEvents(directory, [{ step, ...estimate, mmd2: step, bandwidths }]);
    writeEvents(directory, [ended(20)]);
    const reader = new Reader(new RunTailer(directory));
    await reader.poll();
    expect(reader.rows.mmd.map(({ step }) => step)).toEqual([10, 20]);
    const second = await RunWriter.resume(directory, 12);
    const kernels = { permutations: 199, bandwidth: 1, kernels: 5 };
    second.append('mmd', { step: 20, ...place, mmd2: 7, p: 0.5, ...kernels, n: 8, m: 8 });
    second.close();
    await reader.poll();
    expect(reader.rows.mmd.map(({ step, mmd2 }) => [step, mmd2])).toEqual([
      [10, 10],
      [20, 7],
    ]);
  });
});

describe('a damaged run', () => {
  test('keeps what is intact behind damage in the middle of a table, with one warning', async () => {
    const directory = finishedRun(60);
    const file = join(directory, 'pairs-1.arrow');
    const bytes = readFileSync(file);
    // Inside the lengths of the seventh message: schema, then a batch every five steps.
    let message = 0;
    for (let n = 1; n < 7; n++) message = bytes.indexOf('ffffffff', message + 8, 'hex');
    bytes.fill(0x5a, message + 16, message + 56);
    writeFileSync(file, bytes);
    const reader = new Reader(new RunTailer(directory));
    const { warnings } = await reader.poll();
    const name = directory.slice(directory.lastIndexOf('/') + 1);
    expect(warnings).toEqual([`pairs-1.arrow of run ${name} is damaged: a part of it is missing.`]);
    const steps = reader.rows.pairs.map((row) => row['step']);
    const intact = Array.from({ length: 60 }, (_, i) => i + 1).filter(
      (step) => step <= 25 || step > 30,
    );
    expect(steps).toEqual(intact.flatMap((step) => [step, step]));
    expect(reader.rows.steps).toHaveLength(120);
    expect((await reader.poll()).warnings).toEqual([]);
  });

  test('keeps the lines around a damaged one', async () => {
    const directory = finishedRun(20);
    const file = join(directory, 'events.ndjson');
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, lines.with(2, lines[2]?.slice(0, 9) ?? '').join('\n'));
    const { events, warnings } = await readRun(directory);
    expect(events).toHaveLength(lines.length - 2);
    expect(warnings).toEqual([
      expect.stringMatching(/^events\.ndjson of run .* is damaged: line 3 cannot be read\.$/),
    ]);
  });

  test.each([
    { type: 'ended', reason: 'finished', step: 5, epoch: 1, stepMs: { median: 1 }, bestStep: null },
    { type: 'flag', step: 5, site: 0, pair: 0, handling: 'mixed' },
    { type: 'mmd', step: 5, site: 0, pair: 0, mmd2: 1 },
  ])('leaves out an event that lacks what is read of it: $type', async (event) => {
    const directory = finishedRun(5);
    const file = join(directory, 'events.ndjson');
    const lines = readFileSync(file, 'utf8').split('\n').length;
    const before = await readRun(directory);
    appendFileSync(file, `${JSON.stringify({ t: 1, ...event })}\n`);
    const { events, warnings } = await readRun(directory);
    expect(events).toEqual(before.events);
    expect(warnings).toEqual([
      expect.stringContaining(`is damaged: line ${lines} cannot be read.`),
    ]);
  });

  test('says which rows of every step are missing', async () => {
    const directory = finishedRun(20);
    const file = join(directory, 'steps-1.arrow');
    const name = directory.slice(directory.lastIndexOf('/') + 1);
    const whole = await readRun(directory);
    expect([whole.warnings, whole.damaged]).toEqual([[], []]);

    truncateSync(file, statSync(file).size / 2);
    const cut = await readRun(directory);
    const reached = cut.tables.steps?.step.at(-1) ?? 0;
    expect(reached).toBeGreaterThan(0);
    expect([cut.warnings, cut.damaged]).toEqual([
      [
        `steps-1.arrow of run ${name} is damaged: the rows of the steps ${reached + 1} to 20 are missing.`,
      ],
      ['steps'],
    ]);

    rmSync(file);
    const { warnings, damaged } = await readRun(directory);
    expect([warnings, damaged]).toEqual([[`steps-1.arrow of run ${name} is missing.`], ['steps']]);
  });

  test('misses the steps of an earlier attempt, up to where the next one began', async () => {
    const directory = finishedRun(20);
    const writer = await RunWriter.resume(directory, 15);
    appendSteps(writer, 16, 30);
    writer.event(ended(30));
    writer.close();
    expect((await readRun(directory)).warnings).toEqual([]);
    rmSync(join(directory, 'steps-1.arrow'));
    expect((await readRun(directory)).warnings).toEqual([
      expect.stringMatching(/^steps-1\.arrow of run .* is missing\.$/),
    ]);
  });

  test('loses single batches, never breaks and never gains rows, whichever bytes are damaged', async () => {
    const directory = finishedRun(40);
    const file = join(directory, 'steps-1.arrow');
    const intact = readFileSync(file);
    const random = randomStream(7, 'damage');
    const lengths = new Set<number>();
    for (let round = 0; round < 150; round++) {
      const bytes = Buffer.from(intact);
      for (let hit = 0; hit <= round % 4; hit++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      writeFileSync(file, bytes);
      const { steps } = (await readRun(directory, { tables: ['steps'] })).tables;
      lengths.add(steps?.step.length ?? 0);
    }
    // Eight batches of ten rows.
    for (const length of lengths) expect([80, 70, 60, 50, 40]).toContain(length);
    expect(lengths).toContain(70);
  });

  test('waits for a page of zeros, as network disks and power cuts leave them, to be filled', async () => {
    const directory = finishedRun(20);
    const file = join(directory, 'steps-1.arrow');
    const bytes = readFileSync(file);
    const hole = Math.floor(bytes.length / 16) * 8;
    writeFileSync(
      file,
      Buffer.concat([bytes.subarray(0, hole), Buffer.alloc(bytes.length - hole)]),
    );
    const reader = new Reader(new RunTailer(directory));
    await reader.poll();
    expect(reader.rows.steps.length).toBeLessThan(40);
    writeFileSync(file, bytes);
    appendFileSync(file, Buffer.alloc(8));
    await reader.poll();
    expectSteps(reader, 20);
    expect(reader.warnings).toEqual([]);
  });

  test.each([
    ['{"schema": 2}', /has format 2; this BN Lens reads formats up to 1\.$/],
    ['{"schema": 1}', /is no valid run: name: /],
    ['{"sche', /is damaged: it is no JSON\.$/],
  ])('is refused when run.json is %s', async (text, message) => {
    const directory = finishedRun(1);
    writeFileSync(join(directory, 'run.json'), text);
    await expect(readRun(directory)).rejects.toThrow(message);
    await expect(readRun(directory)).rejects.toThrow(UserError);
  });
});

describe('a resumed run', () => {
  async function resume(directory: string, fromStep: number, to: number): Promise<RunWriter> {
    const writer = await RunWriter.resume(directory, fromStep);
    appendSteps(writer, fromStep + 1, to);
    return writer;
  }

  function interrupted(steps: number): string {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    appendSteps(writer, 1, steps);
    writer.event({
      type: 'eval',
      step: 25,
      epoch: 1,
      domain: 1,
      split: 'validation',
      final: false,
      accuracy: 0.5,
      n: 2,
      low: 0.1,
      high: 0.9,
      loss: 1,
    });
    writer.event({
      type: 'eval',
      step: 30,
      epoch: 2,
      domain: 1,
      split: 'validation',
      final: false,
      accuracy: 0.6,
      n: 2,
      low: 0.1,
      high: 0.9,
      loss: 1,
    });
    writer.event(ended(steps));
    writer.close();
    return writer.directory;
  }

  const evalSteps = (reader: Reader) =>
    reader.events.flatMap((event) => (event.type === 'eval' ? [event.step] : []));

  test('hides later rows and results of earlier attempts from who reads it afterwards', async () => {
    const directory = interrupted(40);
    (await resume(directory, 27, 50)).close();
    const reader = new Reader(new RunTailer(directory));
    await reader.poll();
    expectSteps(reader, 50);
    expect(evalSteps(reader)).toEqual([25]);
  });

  test('is delivered anew to who has seen rows that became void', async () => {
    const directory = interrupted(40);
    const reader = new Reader(new RunTailer(directory));
    await reader.poll();
    expectSteps(reader, 40);
    expect(evalSteps(reader)).toEqual([25, 30]);
    const writer = await resume(directory, 27, 30);
    await reader.poll();
    expect(reader.resets).toBe(2);
    expectSteps(reader, 30);
    expect(evalSteps(reader)).toEqual([25]);
    appendSteps(writer, 31, 55);
    await reader.poll();
    expect(reader.resets).toBe(2);
    expectSteps(reader, 55);
    writer.close();
  });

  test('goes on without a reset when nothing became void', async () => {
    const directory = interrupted(40);
    const reader = new Reader(new RunTailer(directory));
    await reader.poll();
    (await resume(directory, 40, 55)).close();
    await reader.poll();
    expect(reader.resets).toBe(1);
    expectSteps(reader, 55);
  });

  test('heeds only the earliest of several resumptions', async () => {
    const directory = interrupted(40);
    const died = await resume(directory, 30, 60);
    died.event(ended(60));
    died.close();
    (await resume(directory, 20, 35)).close();
    const reader = new Reader(new RunTailer(directory));
    await reader.poll();
    expectSteps(reader, 35);
  });

  test('is not confused by an attempt that died before it said so', async () => {
    const directory = interrupted(40);
    writeFileSync(join(directory, 'steps-2.arrow'), '');
    (await resume(directory, 40, 45)).close();
    const reader = new Reader(new RunTailer(directory));
    await reader.poll();
    expectSteps(reader, 45);
  });
});

describe('a long run at a resolution', () => {
  const STEPS = 3000;

  /** Brute force: min, max and last of loss for one domain over the steps from … to. */
  function summary(from: number, to: number, domain: number) {
    const losses = Array.from({ length: to - from + 1 }, (_, i) => stepRow(from + i, domain).loss);
    return { min: Math.min(...losses), max: Math.max(...losses), last: losses.at(-1) };
  }

  function expectSummaries(delta: RunDelta, points: number): void {
    const { steps } = delta.tables;
    expect(steps).toBeDefined();
    if (steps === undefined) return;
    const before = [0, 0];
    for (const [row, step] of steps.step.entries()) {
      const domain = steps.domain[row] ?? -1;
      const { min, max, last } = summary((before[domain] ?? 0) + 1, step, domain);
      expect([steps.min.loss[row], steps.max.loss[row], steps.loss[row]]).toEqual([min, max, last]);
      before[domain] = step;
    }
    expect(before).toEqual([STEPS, STEPS]);
    expect(steps.step.length).toBeLessThanOrEqual(2 * points);
  }

  test('is read from its levels, its newest steps from finer ones', async () => {
    const directory = finishedRun(STEPS);
    expectSummaries(await readRun(directory, { resolution: STEPS }), STEPS);
    expectSummaries(await readRun(directory, { resolution: 400 }), 400);
    expectSummaries(await readRun(directory, { resolution: 150 }), 150);
    expect(rowsOf((await readRun(directory, { resolution: STEPS })).tables.steps)).toHaveLength(
      2 * STEPS,
    );
  });

  test('loses nothing when it was killed before its levels were written', async () => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    appendSteps(writer, 1, STEPS);
    // As a kill leaves it: no end of stream, levels a few bins behind.
    const copy = join(temporaryFolder(), 'run');
    cpSync(writer.directory, copy, { recursive: true });
    writer.close();
    expectSummaries(await readRun(copy, { resolution: 400 }), 400);
    for (const file of readdirSync(copy).filter((name) => name.includes('.L1.'))) {
      truncateSync(join(copy, file), Math.floor(statSync(join(copy, file)).size / 3));
    }
    expectSummaries(await readRun(copy, { resolution: 400 }), STEPS);
    for (const file of readdirSync(copy).filter((name) => name.includes('.L')))
      rmSync(join(copy, file));
    expectSummaries(await readRun(copy, { resolution: 400 }), STEPS);
  });

  test('comes step by step after its history', async () => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    appendSteps(writer, 1, 2000);
    const reader = new Reader(new RunTailer(writer.directory, { resolution: 300 }));
    await reader.poll();
    expect(reader.rows.steps.length).toBeLessThanOrEqual(600);
    expect(reader.rows.steps.at(-1)).toEqual(stepRow(2000, 1));
    appendSteps(writer, 2001, 2050);
    const delta = await reader.poll();
    expect(rowsOf(delta.tables.steps)).toEqual(
      Array.from({ length: 100 }, (_, i) => stepRow(2001 + (i >> 1), i & 1)),
    );
    expect(delta.tables.steps?.min).toEqual(delta.tables.steps?.max);
    writer.close();
  });

  test('covers every step when it was resumed', async () => {
    const writer = RunWriter.create(temporaryFolder(), INIT);
    appendSteps(writer, 1, 1800);
    writer.event(ended(1800));
    writer.close();
    const second = await RunWriter.resume(writer.directory, 1345);
    appendSteps(second, 1346, STEPS);
    second.event(ended(STEPS, 'finished'));
    second.close();
    const { steps } = (await readRun(writer.directory, { resolution: 700 })).tables;
    // Bins that began before the resumption overlap the steps that end the first attempt.
    const ofDomain = [...(steps?.step ?? [])].filter((_, row) => steps?.domain[row] === 1);
    expect(ofDomain).toEqual([...ofDomain].sort((a, b) => a - b));
    expect(ofDomain.at(-1)).toBe(STEPS);
    for (const [row, step] of (steps?.step ?? []).entries()) {
      const domain = steps?.domain[row] ?? -1;
      expect(steps?.loss[row]).toBe(stepRow(step, domain).loss);
    }
    const gaps = ofDomain.map((step, i) => step - (ofDomain[i - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(16);
  });
});
