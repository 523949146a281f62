import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunFeed } from '../../../../src/host/panel/runFeed.ts';
import { UserError } from '../../../../src/protocol/userError.ts';
import type { WhatIfReport } from '../../../../src/protocol/whatIf.ts';
import { addNote } from '../../../../src/runs/notes.ts';
import { writeWhatIf } from '../../../../src/runs/whatIf.ts';
import { SyntheticRun } from '../../../fixtures/runs/syntheticRun.ts';

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'bn-lens-feed-'));
});
afterEach(() => {
  rmSync(runs, { recursive: true });
});

describe('the feed of a panel', () => {
  test('opens with the whole run, without the texts of user modules', async () => {
    const run = new SyntheticRun(runs);
    await run.finish();
    const view = await new RunFeed(run.directory).open();
    expect(view.directory).toBe(run.directory);
    expect(view.run.modules).toEqual([]);
    expect(view.status.state).toBe('finished');
    expect(view.tables.steps?.step.at(-1)).toBe(470);
    expect(view.notes).toHaveLength(1);
    expect(view.stepsPerSecond).toBeNull();
  });

  test('gives only what the page shows: no heartbeats, of estimates and distances the latest', async () => {
    const run = new SyntheticRun(runs);
    run.advanceTo(120);
    const { events, tables } = await new RunFeed(run.directory).open();
    run.writer.close();
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['epoch', 'eval', 'flag']));
    for (const kept of [tables.mmd, tables.distances]) {
      expect(kept?.step).toEqual(Int32Array.of(100, 100, 100));
      expect(kept?.site).toEqual(Int32Array.of(0, 1, 2));
    }
    expect(tables.mmdClasses?.step).toEqual(new Int32Array(6).fill(100));
    expect(tables.mmdClasses?.class).toEqual(Int32Array.of(3, 7, 3, 7, 3, 7));
    // Two steps earlier there was none of these, and all of those that make a curve.
    expect(tables.pairs?.step[0]).toBe(1);
  });

  test('appends what came since, and nothing when nothing came', async () => {
    const run = new SyntheticRun(runs);
    run.advanceTo(5);
    const feed = new RunFeed(run.directory);
    await feed.open();
    await expect(feed.poll()).resolves.toBeNull();
    run.advanceTo(7);
    await addNote(run.directory, { author: 'Ada', text: 'Look.' });
    const news = await feed.poll();
    run.writer.close();
    if (news?.type !== 'append') throw new Error(`expected an addition, not ${news?.type}`);
    expect(news.update.tables.steps?.step).toEqual(Int32Array.of(6, 6, 7, 7));
    expect(news.update.notes.map(({ text }) => text)).toEqual(['Look.']);
  });

  test('shows a what-if as soon as it is there, and gives the advice that follows', async () => {
    const run = new SyntheticRun(runs);
    await run.finish();
    const feed = new RunFeed(run.directory);
    const before = await feed.open();
    expect(before.whatIf).toBeNull();
    const replaced = { accuracy: 1, low: 0.9, high: 1, gain: 0.3, gainLow: 0.2, gainHigh: 0.4 };
    const trained = { accuracy: 0.7, low: 0.6, high: 0.8, n: 300 };
    const report: WhatIfReport = {
      run: before.run.name,
      step: 470,
      domains: [{ domain: 'real', images: 100, trained, layers: [], all: replaced }],
      seconds: 0.3,
    };
    await writeWhatIf(run.directory, report);
    const news = await feed.poll();
    if (news?.type !== 'append') throw new Error(`expected an addition, not ${news?.type}`);
    expect(news.update.whatIf).toEqual(report);
    expect(news.update.advice?.map(({ strategy }) => strategy)).toContain('shared+adabn');
    await expect(feed.poll()).resolves.toBeNull();
  });

  test('says why a directory cannot be shown', async () => {
    await expect(new RunFeed(join(runs, 'gone')).open()).rejects.toBeInstanceOf(UserError);
  });
});
