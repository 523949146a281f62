import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { RunEventBody } from '../protocol/events.ts';
import { RUN_SCHEMA } from '../protocol/run.ts';
import type { RunFile } from '../protocol/run.ts';
import { LEVEL_STRIDES } from '../protocol/tables.ts';
import type { TableName, TableRow } from '../protocol/tables.ts';
import { UserError } from '../protocol/userError.ts';
import { AppendFile } from './appendFile.ts';
import { fileFailure, hasCode } from './fileFailure.ts';
import { EVENTS, RUN_JSON } from './paths.ts';
import { readRunFile } from './runFile.ts';
import { runName } from './runName.ts';
import { readSteps } from './readSteps.ts';
import { runStatus } from './runStatus.ts';
import { LEVELLED_TABLES } from './tableColumns.ts';
import { TableWriter } from './tableWriter.ts';

/** Rows are in their file at the latest so many ms after they were appended. */
const FLUSH_MS = 100;

/** What the trainer knows before the first step; the writer adds the rest. */
export type RunFileInit = Omit<RunFile, 'schema' | 'name' | 'created' | 'host'>;

/**
 * Appends to one run directory: the only writer of its run.json, events and tables.
 * When a file cannot be written (disk full, permission), this call and all later ones throw one
 * UserError; what was written before stays readable.
 */
export class RunWriter {
  private readonly events: AppendFile;
  private readonly tables: Readonly<Record<TableName, TableWriter>>;
  private timer: NodeJS.Timeout | undefined;
  private oldestRow = Infinity;
  private failure: Error | null = null;
  private closed = false;

  private constructor(
    /** Absolute path of the run directory. */
    readonly directory: string,
    readonly run: RunFile,
    /** From 1; a resumed run writes a new attempt. */
    readonly attempt: number,
    fromStep: number,
  ) {
    const open = (table: TableName) => new TableWriter(directory, table, attempt, fromStep);
    // Creating the files exclusively is also what keeps two trainers from writing one attempt.
    this.tables = {
      steps: open('steps'),
      sites: open('sites'),
      pairs: open('pairs'),
      channels: open('channels'),
    };
    const events = join(directory, EVENTS);
    this.events =
      attempt === 1 ? new AppendFile(events) : new AppendFile(events, wholeLines(events));
  }

  /**
   * Creates a run directory in the folder `runs` with its run.json and writes `started`.
   * Throws a UserError when the folder cannot be written.
   */
  static create(runs: string, init: RunFileInit): RunWriter {
    const { directory, run } = createDirectory(resolve(runs), init);
    const writer = new RunWriter(directory, run, 1, 0);
    writer.event({ type: 'started', attempt: 1, pid: process.pid, host: run.host });
    return writer;
  }

  /**
   * Opens the next attempt of a run and writes `resumed`: rows and results of earlier attempts after
   * `fromStep` become void. Throws a UserError when the run is still alive, when another trainer
   * resumes it at the same time, or when the directory cannot be read or written.
   */
  static async resume(directory: string, fromStep: number): Promise<RunWriter> {
    const absolute = resolve(directory);
    const run = await readRunFile(absolute);
    const { state } = await runStatus(absolute);
    if (state === 'starting' || state === 'running' || state === 'paused') {
      throw new UserError(`Run "${run.name}" cannot be resumed: it is still ${state}.`, {
        hint: 'Stop it first, or wait until it counts as died.',
      });
    }
    const attempt = newestAttempt(absolute) + 1;
    const writer = new RunWriter(absolute, run, attempt, fromStep);
    writer.event({ type: 'resumed', attempt, pid: process.pid, host: hostname(), fromStep });
    await writer.continueBins(fromStep);
    return writer;
  }

  /**
   * Adds one row; steps must not decrease within a table. The row is in its file at the latest
   * 100 ms later, or as soon as the event loop is free again.
   */
  append<T extends TableName>(table: T, row: TableRow<T>): void {
    this.throwFailure();
    this.tables[table].append(row);
    const now = Date.now();
    this.oldestRow = Math.min(this.oldestRow, now);
    if (now - this.oldestRow >= FLUSH_MS) this.flush();
    else
      this.timer ??= setTimeout(() => {
        this.flushLater();
      }, FLUSH_MS);
  }

  /** Writes one line of events.ndjson at once, after all rows appended before it. */
  event(body: RunEventBody): void {
    // A run whose table found the disk full may still get to say why it ends.
    if (body.type !== 'ended') this.throwFailure();
    if (this.failure === null) this.flush();
    const line = `${JSON.stringify({ t: Date.now(), ...body })}\n`;
    this.attemptTo(() => {
      this.events.write(Buffer.from(line));
    });
  }

  /** Writes what is buffered, ends the streams and closes the files; a second call does nothing. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    const tables = Object.values(this.tables);
    try {
      if (this.failure === null) {
        this.flush();
        this.attemptTo(() => {
          for (const table of tables) table.end();
        });
      }
    } finally {
      for (const table of tables) table.close();
      this.events.close();
    }
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.oldestRow = Infinity;
    this.attemptTo(() => {
      for (const table of Object.values(this.tables)) table.flush();
    });
  }

  /** Runs in a timer, where nobody could catch: the failure waits for the next call. */
  private flushLater(): void {
    try {
      this.flush();
    } catch {
      this.timer = undefined;
    }
  }

  private attemptTo(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      throw this.failure;
    }
  }

  private throwFailure(): void {
    if (this.failure !== null) throw this.failure;
  }

  /** Gives the tables the valid rows of the bins in which the earlier attempts broke off. */
  private async continueBins(fromStep: number): Promise<void> {
    const binsEnd = Math.max(...LEVEL_STRIDES);
    const after = Math.floor(fromStep / binsEnd) * binsEnd;
    for (const table of LEVELLED_TABLES) {
      this.tables[table].continueBins(await readSteps(this.directory, table, after, fromStep));
    }
  }
}

/** Creates the run's directory under a free name; it appears at once with its run.json in it. */
function createDirectory(runs: string, init: RunFileInit): { directory: string; run: RunFile } {
  const created = new Date();
  const base = runName(created, init.experiment, init.strategy, init.seed);
  const staging = join(runs, `.new-${randomUUID()}`);
  try {
    mkdirSync(staging, { recursive: true });
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
    rmSync(staging, { recursive: true, force: true });
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
function newestAttempt(directory: string): number {
  const attempts = readdirSync(directory).map((file) =>
    Number(/^steps-(\d+)\./.exec(file)?.[1] ?? 0),
  );
  return Math.max(1, ...attempts);
}

/** Counts the bytes of a text file up to its last newline: a writer killed mid-line leaves a torn one. */
function wholeLines(file: string): number {
  try {
    return readFileSync(file).lastIndexOf('\n') + 1;
  } catch (error) {
    throw fileFailure(error, 'read', file);
  }
}
