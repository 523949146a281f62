import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FileRunStore } from '../../../../src/host/runs/fileRunStore.ts';
import { runsDirectory } from '../../../../src/runs/paths.ts';
import { SyntheticRun } from '../../../fixtures/runs/syntheticRun.ts';
import { EventEmitter } from '../vscode.ts';

vi.mock('vscode', () => import('../vscode.ts'));

let root: string;
let store: FileRunStore;
let changes: number;
const warnings: string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bn-lens-store-'));
  changes = 0;
  warnings.length = 0;
  const log = { warn: (text: string) => warnings.push(text), error: vi.fn() };
  store = new FileRunStore(
    { roots: new Set([root]), onDidChange: new EventEmitter<void>().event },
    log,
  );
  store.onDidChange(() => changes++);
});

afterEach(() => {
  store.dispose();
  rmSync(root, { recursive: true });
});

describe('FileRunStore', () => {
  test('finds a run, hears of its progress, and of its deletion', async () => {
    await store.refresh();
    expect(store.entries).toEqual([]);
    expect(changes).toBe(0);

    const run = new SyntheticRun(runsDirectory(root));
    run.advanceTo(3);
    await store.refresh();
    expect(store.entry(run.directory)).toMatchObject({ root, status: { step: 3 } });
    expect(changes).toBe(1);

    await store.refresh();
    expect(changes).toBe(1);

    run.advanceTo(5);
    await store.refresh();
    expect(store.entry(run.directory)?.status.step).toBe(5);
    expect(changes).toBe(2);

    run.writer.close();
    rmSync(run.directory, { recursive: true });
    await store.refresh();
    expect(store.entries).toEqual([]);
    expect(changes).toBe(3);
  });

  test('lists a directory that cannot be read apart, and says so once', async () => {
    const broken = new SyntheticRun(runsDirectory(root), { seed: 1 });
    const whole = new SyntheticRun(runsDirectory(root), { seed: 2 });
    broken.writer.close();
    whole.writer.close();
    writeFileSync(join(broken.directory, 'run.json'), '{');
    await store.refresh();
    await store.refresh();
    expect(store.entries.map(({ directory }) => directory)).toEqual([whole.directory]);
    expect(store.broken).toMatchObject([{ directory: broken.directory, kind: 'broken' }]);
    expect(warnings).toHaveLength(1);
    expect(changes).toBe(1);

    rmSync(broken.directory, { recursive: true });
    await store.refresh();
    expect(store.broken).toEqual([]);
    expect(changes).toBe(2);
  });

  test('keeps what it knows of a project that cannot be read for a moment', async () => {
    const run = new SyntheticRun(runsDirectory(root));
    run.writer.close();
    await store.refresh();
    rmSync(runsDirectory(root), { recursive: true });
    writeFileSync(runsDirectory(root), 'no folder');
    await store.refresh();
    expect(store.entries.map(({ directory }) => directory)).toEqual([run.directory]);
    expect(warnings).toHaveLength(1);
  });
});
