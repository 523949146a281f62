import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { RunEventBody } from '../protocol/events.ts';
import type { RunFile } from '../protocol/run.ts';
import { LEVEL_STRIDES } from '../protocol/tables.ts';
import type { TableName, TableRow } from '../protocol/tables.ts';
import { AppendFile } from './appendFile.ts';
import { EVENTS } from './paths.ts';
import { readSteps } from './readSteps.ts';
import { createRunDirectory, newestAttempt, wholeLines } from './runDirectory.ts';
import type { RunFileInit } from './runDirectory.ts';
import { readRunFile } from './runFile.ts';
import { isAlive, runStatus } from './runStatus.ts';
import { stillTraining } from './stillTraining.ts';
import { LEVELLED_TABLES } from './tableColumns.ts';
import { TableWriter } from './tableWriter.ts';

export type { RunFileInit } from './runDirectory.ts';

/** Rows are in their file at the latest so many ms after they were appended. */
const FLUSH_MS = 100;

/**
 * Appends to one run directory: the only writer of its run.json, events and tables.
 * When a file cannot be written (disk full, permission), this call and all later ones throw one
 * UserError; what was written before stays readable.
 */
export class RunWriter {
  readonly #events: AppendFile;
  readonly #tables: Readonly<Record<TableName, TableWriter>>;
  #timer: NodeJS.Timeout | undefined;
  #oldestRow = Infinity;
  #failure: Error | null = null;
  #closed = false;

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
    this.#tables = {
      steps: open('steps'),
      sites: open('sites'),
      pairs: open('pairs'),
      controls: open('controls'),
      alignments: open('alignments'),
      channels: open('channels'),
      channelPairs: open('channelPairs'),
      distances: open('distances'),
      mmd: open('mmd'),
      mmdWindows: open('mmdWindows'),
      mmdClasses: open('mmdClasses'),
    };
    const events = join(directory, EVENTS);
    this.#events =
      attempt === 1 ? new AppendFile(events) : new AppendFile(events, wholeLines(events));
  }

  /**
   * Creates a run directory in the folder `runs` with its run.json and writes `started`.
   * Throws a UserError when the folder cannot be written.
   */
  static create(runs: string, init: RunFileInit): RunWriter {
    const { directory, run } = createRunDirectory(resolve(runs), init);
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
    // Before the state is read: a trainer that takes this attempt from here on makes ours fail.
    const attempt = newestAttempt(absolute) + 1;
    const status = await runStatus(absolute);
    if (isAlive(status.state)) throw stillTraining(run.name, status);
    const writer = new RunWriter(absolute, run, attempt, fromStep);
    try {
      writer.event({ type: 'resumed', attempt, pid: process.pid, host: hostname(), fromStep });
      await writer.#continueBins(fromStep);
      return writer;
    } catch (error) {
      writer.close();
      throw error;
    }
  }

  /**
   * Adds one row; steps must not decrease within a table. The row is in its file at the latest
   * 100 ms later, or as soon as the event loop is free again.
   */
  append<T extends TableName>(table: T, row: TableRow<T>): void {
    this.#throwFailure();
    this.#attemptTo(() => {
      this.#tables[table].append(row);
    });
    const now = Date.now();
    this.#oldestRow = Math.min(this.#oldestRow, now);
    if (now - this.#oldestRow >= FLUSH_MS) this.#flush();
    else
      this.#timer ??= setTimeout(() => {
        this.#flushLater();
      }, FLUSH_MS);
  }

  /** Writes one line of events.ndjson at once, after all rows appended before it. */
  event(body: RunEventBody): void {
    // A run whose table found the disk full may still get to say why it ends.
    if (body.type !== 'ended') this.#throwFailure();
    if (this.#failure === null) this.#flush();
    const line = `${JSON.stringify({ t: Date.now(), ...body })}\n`;
    this.#attemptTo(() => {
      this.#events.write(Buffer.from(line));
    });
  }

  /** Writes all rows that are buffered if in so many milliseconds it would be time for the oldest. */
  flushDue(ms: number): void {
    if (Date.now() + ms - this.#oldestRow >= FLUSH_MS) this.flush();
  }

  /** Writes all rows that are buffered. */
  flush(): void {
    this.#throwFailure();
    this.#flush();
  }

  /** Writes what is buffered, ends the streams and closes the files; a second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    const tables = Object.values(this.#tables);
    try {
      if (this.#failure === null) {
        this.#flush();
        this.#attemptTo(() => {
          for (const table of tables) table.end();
        });
      }
    } finally {
      for (const table of tables) table.close();
      this.#events.close();
    }
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#oldestRow = Infinity;
    this.#attemptTo(() => {
      for (const table of Object.values(this.#tables)) table.flush();
    });
  }

  /** Runs in a timer, where nobody could catch: the failure waits for the next call. */
  #flushLater(): void {
    try {
      this.#flush();
    } catch {
      this.#timer = undefined;
    }
  }

  #attemptTo(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
      throw this.#failure;
    }
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Gives the tables the valid rows of the bins in which the earlier attempts broke off. */
  async #continueBins(fromStep: number): Promise<void> {
    const binsEnd = Math.max(...LEVEL_STRIDES);
    const after = Math.floor(fromStep / binsEnd) * binsEnd;
    for (const table of LEVELLED_TABLES) {
      this.#tables[table].continueBins(await readSteps(this.directory, table, after, fromStep));
    }
  }
}
