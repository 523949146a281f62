import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../../src/protocol/userError.ts';
import { projectRoot, runsDirectory } from '../../../src/runs/paths.ts';
import { findRun, listRuns, RunCatalog } from '../../../src/runs/runCatalog.ts';
import { RunWriter } from '../../../src/runs/runWriter.ts';
import { SyntheticRun } from '../../fixtures/runs/syntheticRun.ts';
import { temporaryFolder } from './folders.ts';
import { appendSteps, INIT } from './rows.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Creates a run that started so many seconds after the first of them. */
function startRun(root: string, second: number, change: Partial<typeof INIT> = {}): RunWriter {
  vi.useFakeTimers({ now: new Date(2026, 10, 22, 14, 0, second), toFake: ['Date'] });
  const writer = RunWriter.create(runsDirectory(root), { ...INIT, ...change });
  vi.useRealTimers();
  return writer;
}

describe('the list of runs', () => {
  test('is empty where there are none', async () => {
    expect(await listRuns(temporaryFolder())).toEqual([]);
  });

  test('begins with the newest', async () => {
    const root = temporaryFolder();
    const writers = [3, 1, 2].map((second) => startRun(root, second));
    for (const writer of writers) writer.close();
    const names = (await listRuns(root)).map(({ name }) => name.slice(0, 15));
    expect(names).toEqual(['20261122-140003', '20261122-140002', '20261122-140001']);
  });

  test('tells what run.json and the events say', async () => {
    const root = temporaryFolder();
    const run = new SyntheticRun(runsDirectory(root));
    await run.finish();
    const [listing] = await listRuns(root);
    expect(listing).toMatchObject({
      kind: 'run',
      directory: run.directory,
      name: basename(run.directory),
      run: run.writer.run,
      status: { state: 'finished', step: 470 },
      flags: [{ type: 'flag', site: 1, pair: 0 }],
      summary: { reason: 'finished', metrics: { real: { test: { n: 700 } } } },
    });
  });

  test('shows what cannot be read as broken, after the rest', async () => {
    const root = temporaryFolder();
    const good = startRun(root, 0);
    good.close();
    const runs = runsDirectory(root);
    mkdirSync(join(runs, '20991231-empty'));
    mkdirSync(join(runs, '20991231-garbled'));
    writeFileSync(join(runs, '20991231-garbled', 'run.json'), '{');
    mkdirSync(join(runs, '.new-being-created'));
    writeFileSync(join(runs, 'a file'), '');
    const listings = await listRuns(root);
    expect(listings.map(({ kind, name }) => `${kind} ${name.slice(9)}`)).toEqual([
      `run ${good.run.name.slice(9)}`,
      'broken garbled',
      'broken empty',
    ]);
    expect(listings[1]).toMatchObject({
      problem: `"${join(runs, '20991231-garbled', 'run.json')}" is damaged: it is no JSON.`,
    });
  });

  test('follows runs from one listing to the next', async () => {
    const root = temporaryFolder();
    const catalog = new RunCatalog(root);
    const writer = RunWriter.create(runsDirectory(root), INIT);
    expect(await catalog.list()).toMatchObject([{ status: { state: 'starting' }, flags: [] }]);
    appendSteps(writer, 1, 10);
    const flag = { type: 'flag', step: 9, site: 0, pair: 0, handling: 'mixed' } as const;
    writer.event({ ...flag, logE: 9, logThreshold: 4, gap: 1, gapFloor: 0.1 });
    const fault = { type: 'fault', code: 'dead-channels', message: 'dead', hint: 'Mend.' } as const;
    for (const step of [0, 9]) writer.event({ ...fault, step, site: 0 });
    expect(await catalog.list()).toMatchObject([
      { status: { step: 10 }, flags: [{ step: 9 }], faults: [{ step: 0 }, { step: 9 }] },
    ]);
    writer.close();
    const resumed = { t: Date.now(), type: 'resumed', attempt: 2, pid: 1, host: 'x', fromStep: 5 };
    appendFileSync(join(writer.directory, 'events.ndjson'), `${JSON.stringify(resumed)}\n`);
    expect(await catalog.list()).toMatchObject([
      { status: { attempt: 2, step: 5 }, flags: [], faults: [{ step: 0 }] },
    ]);
    rmSync(writer.directory, { recursive: true });
    expect(await catalog.list()).toEqual([]);
  });

  test('knows the newest run of an experiment file', async () => {
    const root = temporaryFolder();
    const other = { experiment: 'other.bn.ts' };
    for (const writer of [startRun(root, 1), startRun(root, 2), startRun(root, 3, other)]) {
      writer.close();
    }
    const catalog = new RunCatalog(root);
    const newest = await catalog.newest(join(root, 'nets', 'digits.bn.ts'));
    expect(newest?.name).toMatch(/^20261122-140002-digits/);
    expect(await catalog.newest(join(root, 'digits.bn.ts'))).toBeNull();
  });
});

describe('a run that a person names', () => {
  test('is found by path, name or unique beginning of its name', async () => {
    const root = temporaryFolder();
    const [first, second] = [startRun(root, 1), startRun(root, 2)];
    first.close();
    second.close();
    expect(await findRun(root, relative('.', first.directory))).toBe(first.directory);
    expect(await findRun(root, second.run.name)).toBe(second.directory);
    expect(await findRun(root, '20261122-140001')).toBe(first.directory);
    await expect(findRun(root, '2026')).rejects.toThrow(
      /^"2026" begins the names of 2 runs, among/,
    );
    await expect(findRun(root, 'nope')).rejects.toThrow(UserError);
    await expect(findRun(root, '')).rejects.toThrow(UserError);
    await expect(findRun(temporaryFolder(), 'x')).rejects.toThrow(/^There is no run "x" in /);
  });

  test('is not shadowed by a longer name that begins with its own', async () => {
    const root = temporaryFolder();
    const [first, second] = [startRun(root, 1), startRun(root, 1)];
    first.close();
    second.close();
    expect(second.run.name).toBe(`${first.run.name}-2`);
    expect(await findRun(root, first.run.name)).toBe(first.directory);
  });
});

test.each(['.bn-lens', 'package.json', '.git'])(
  'a project is the nearest folder with %s',
  (mark) => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'a', 'b'), { recursive: true });
    mkdirSync(join(root, mark));
    expect(projectRoot(join(root, 'a', 'b', 'digits.bn.ts'))).toBe(root);
    mkdirSync(join(root, 'a', mark));
    expect(projectRoot(join(root, 'a', 'b', 'digits.bn.ts'))).toBe(join(root, 'a'));
  },
);
