import { basename, join } from 'node:path';
import type { DeltaTables, RunDelta } from '../protocol/delta.ts';
import type { RunEvent, RunNote } from '../protocol/events.ts';
import type { RunFile } from '../protocol/run.ts';
import { LEVEL_STRIDES, TABLES } from '../protocol/tables.ts';
import type { TableName } from '../protocol/tables.ts';
import { AttemptReader } from './attemptReader.ts';
import { Attempts } from './attempts.ts';
import { isKnown, resultStep, validEvents } from './events.ts';
import { formerRows, isFormer, type FormerEvent } from './formerEvents.ts';
import { BINS_PER_BATCH } from './levels.ts';
import { LineFollower } from './ndjson.ts';
import { EVENTS, NOTES } from './paths.ts';
import { readRunFile, refuseDeleted } from './runFile.ts';
import { StatusTracker } from './runStatus.ts';
import { FOLLOWED_TABLES } from './tableColumns.ts';
import { joinRows, lastStep, wholeBatch } from './tableRows.ts';
import type { RowRange } from './tableRows.ts';

/** At most so many rows of the next finer level stand for the newest steps, which a level lacks. */
const FINER_ROWS = 16 * BINS_PER_BATCH;

export interface ReadOptions {
  /**
   * About so many points per series, at most, of the history that the first poll finds: where there
   * are more steps it is read from a level of bins. Later rows come step by step. By default every
   * step.
   */
  readonly resolution?: number;
  /** Tables to read; by default all without a row for each channel. */
  readonly tables?: readonly TableName[];
}

/** One reading of a run directory: from its beginning on, until something read becomes void. */
export class RunReading {
  readonly #events: LineFollower<RunEvent | FormerEvent>;
  readonly #notes: LineFollower<RunNote>;
  readonly #status = new StatusTracker();
  readonly #attempts = new Attempts();
  readonly #readers = new Map<string, AttemptReader>();
  readonly #damaged = new Set<string>();
  readonly #tables: readonly TableName[];
  /** The highest step of the rows and results delivered. */
  #delivered = 0;
  #atHistory = true;

  private constructor(
    private readonly directory: string,
    private readonly run: RunFile,
    private readonly options: ReadOptions,
  ) {
    this.#events = new LineFollower(join(directory, EVENTS));
    this.#notes = new LineFollower(join(directory, NOTES));
    this.#tables = options.tables ?? FOLLOWED_TABLES;
  }

  /** Throws a UserError when run.json is missing, damaged or of a newer format. */
  static async open(directory: string, options: ReadOptions): Promise<RunReading> {
    return new RunReading(directory, await readRunFile(directory), options);
  }

  /**
   * Returns what is new; null when a resumption has made void what was delivered.
   * Throws a UserError when the run was deleted or a file cannot be read.
   */
  async poll(): Promise<Omit<RunDelta, 'reset'> | null> {
    await refuseDeleted(this.directory);
    const lines = await this.#events.poll();
    const events = lines.filter((line) => isFormer(line) || isKnown(line));
    for (const event of events) {
      if (isFormer(event)) continue;
      if (event.type === 'resumed' && event.fromStep < this.#delivered) return null;
      this.#status.add(event);
      this.#attempts.add(event);
    }
    const valid = validEvents(events);
    this.#reach(valid.map(resultStep));
    return {
      run: this.run,
      events: valid.filter((event) => !isFormer(event)),
      tables: await this.#pollTables(valid.filter(isFormer)),
      notes: await this.#notes.poll(),
      warnings: this.#newDamage(),
      status: this.#status.status(this.run, Date.now()),
    };
  }

  async #pollTables(former: readonly FormerEvent[]): Promise<DeltaTables> {
    const tables: Record<string, unknown> = {};
    for (const table of this.#tables) {
      const before = formerRows(table, former);
      let ranges: RowRange[] = before === null ? [] : [wholeBatch(before)];
      for (const { attempt, until } of this.#attempts.list()) {
        ranges = ranges.concat(await this.#reader(table, attempt).poll(until));
      }
      if (ranges.length === 0) continue;
      this.#reach(ranges.map(lastStep));
      tables[table] = joinRows(table, ranges);
    }
    this.#atHistory = false;
    return tables;
  }

  #reader(table: TableName, attempt: number): AttemptReader {
    const id = `${table}-${attempt}`;
    let reader = this.#readers.get(id);
    if (reader === undefined) {
      const level = this.#atHistory && TABLES[table].levels ? this.#historyLevel() : 0;
      reader = new AttemptReader(this.directory, table, attempt, level);
      this.#readers.set(id, reader);
    }
    return reader;
  }

  /** Chooses the finest level with few enough points per series; 0 is every step. */
  #historyLevel(): number {
    const { resolution = Infinity } = this.options;
    const steps = this.#status.step;
    const points = [1, ...LEVEL_STRIDES].map(
      (stride, level) => steps / stride + level * FINER_ROWS,
    );
    const level = points.findIndex((count) => count <= resolution);
    return level < 0 ? points.indexOf(Math.min(...points)) : level;
  }

  #newDamage(): string[] {
    const files = [...this.#readers.values()].flatMap(({ damaged }) => [...damaged]);
    for (const lines of [this.#events, this.#notes]) if (lines.damaged) files.push(lines.file);
    const fresh = files.filter((file) => !this.#damaged.has(file));
    for (const file of fresh) this.#damaged.add(file);
    return fresh.map(
      (file) => `${basename(file)} of run ${this.run.name} is damaged: a part of it is missing.`,
    );
  }

  #reach(steps: readonly number[]): void {
    for (const step of steps) this.#delivered = Math.max(this.#delivered, step);
  }
}
