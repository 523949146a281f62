import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { RUN_SCHEMA } from '../protocol/run.ts';
import type { RunFile } from '../protocol/run.ts';
import { fileFailure, hasCode } from './fileFailure.ts';
import { makeFolder } from './makeFolder.ts';
import { RUN_JSON } from './paths.ts';
import { runName } from './runName.ts';

/** What the trainer knows before the first step; the writer adds the rest. */
export type RunFileInit = Omit<RunFile, 'schema' | 'name' | 'created' | 'host'>;

/**
 * Creates a run's directory in `runs` under a free name; it appears at once with its run.json in it.
 * Throws a UserError when the folder cannot be written.
 */
export function createRunDirectory(
  runs: string,
  init: RunFileInit,
): { directory: string; run: RunFile } {
  const created = new Date();
  const base = runName(created, init.experiment, init.strategy, init.seed);
  const staging = join(runs, `.new-${randomUUID()}`);
  try {
    makeFolder(staging);
    for (let copy = 1; ; copy++) {
      const name = copy === 1 ? base : `${base}-${copy}`;
      const run: RunFile = {
        schema: RUN_SCHEMA,
        name,
        created: created.toISOString(),
        host: hostname(),
        ...init,
      };
      writeFileSync(join(staging, RUN_JSON), `${JSON.stringify(run, null, 2)}\n`);
      const directory = join(runs, name);
      if (moveUnlessTaken(staging, directory)) return { directory, run };
    }
  } catch (error) {
    if (existsSync(staging)) rmSync(staging, { recursive: true });
    throw fileFailure(error, 'write', runs);
  }
}

/** Renames a folder; false when another folder with something in it has the name. */
function moveUnlessTaken(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    // Windows answers EPERM where POSIX says that the folder is not empty.
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM') && existsSync(to)) return false;
    throw error;
  }
}

/** Returns the highest attempt that has files, even if it died before its first event. */
export function newestAttempt(directory: string): number {
  const attempts = readdirSync(directory).map((file) =>
    Number(/^steps-(\d+)\./.exec(file)?.[1] ?? 0),
  );
  return Math.max(1, ...attempts);
}

/** Counts the bytes of a text file up to its last newline: a writer killed mid-line leaves a torn one. */
export function wholeLines(file: string): number {
  try {
    return readFileSync(file).lastIndexOf('\n') + 1;
  } catch (error) {
    throw fileFailure(error, 'read', file);
  }
}
