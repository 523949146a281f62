import { join } from 'node:path';
import type { DeltaTables, RunDelta } from '../protocol/delta.ts';
import type { RunNote, RunStatus } from '../protocol/events.ts';
import { phasesOf } from '../protocol/phases.ts';
import type { RunFile } from '../protocol/run.ts';
import { LEVEL_STRIDES, TABLES } from '../protocol/tables.ts';
import type { TableName } from '../protocol/tables.ts';
import { AttemptReader } from './attemptReader.ts';
import { Attempts } from './attempts.ts';
import { cutTable, damagedLines, damagedTable } from './damage.ts';
import { isKnown } from './eventFields.ts';
import { followEvents, resultStep, validEvents } from './events.ts';
import { formerRows, isFormer, type FormerEvent } from './formerEvents.ts';
import { BINS_PER_BATCH } from './levels.ts';
import { LineFollower } from './ndjson.ts';
import { NOTES } from './paths.ts';
import { readRunFile, refuseDeleted } from './runFile.ts';
import { isAlive, StatusTracker } from './runStatus.ts';
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
  /**
   * Whether to warn of steps of a run that is over whose rows are missing. Who follows a run does
   * not: on a network disk they may come after the line that says that it ended.
   */
  readonly complete?: boolean;
}

/** A file that is damaged, and a sentence that says so. */
interface Damage {
  readonly file: string;
  /** Absent of a file of lines. */
  readonly table?: TableName;
  readonly text: string;
}

/** One reading of a run directory: from its beginning on, until something read becomes void. */
export class RunReading {
  readonly #events: ReturnType<typeof followEvents>;
  readonly #notes: LineFollower<RunNote>;
  readonly #status = new StatusTracker();
  readonly #attempts = new Attempts();
  readonly #readers = new Map<string, AttemptReader>();
  readonly #damaged = new Set<string>();
  readonly #damagedTables = new Set<TableName>();
  readonly #tables: readonly TableName[];
  /** The highest step of the rows and results delivered. */
  #delivered = 0;
  #atHistory = true;

  private constructor(
    private readonly directory: string,
    private readonly run: RunFile,
    private readonly options: ReadOptions,
  ) {
    this.#events = followEvents(directory);
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
    const tables = await this.#pollTables(valid.filter(isFormer));
    const notes = await this.#notes.poll();
    const status = this.#status.status(this.run, Date.now());
    return {
      run: this.run,
      events: valid.filter((event) => !isFormer(event)),
      tables,
      notes,
      warnings: this.#newDamage(this.options.complete === true ? this.#missingSteps(status) : []),
      damaged: [...this.#damagedTables],
      status,
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

  #newDamage(missing: readonly Damage[]): string[] {
    const { name } = this.run;
    const found: Damage[] = [...missing];
    for (const { table, damaged } of this.#readers.values()) {
      for (const file of damaged) found.push({ file, table, text: damagedTable(file, name) });
    }
    for (const lines of [this.#events, this.#notes]) {
      for (const text of damagedLines(lines, name)) found.push({ file: lines.file, text });
    }
    const fresh = found.filter(({ file }) => !this.#damaged.has(file));
    for (const { file, table } of fresh) {
      this.#damaged.add(file);
      if (table !== undefined) this.#damagedTables.add(table);
    }
    return fresh.map(({ text }) => text);
  }

  /**
   * Finds files of `steps` that end too early, of a run that is over: every step has its rows there
   * before an event speaks of it. Of a phase that stops early the last steps have none.
   */
  #missingSteps({ state, step }: RunStatus): Damage[] {
    if (!this.#tables.includes('steps') || isAlive(state)) return [];
    const skipped = phasesOf(this.run).map(({ firstStep }) => firstStep - 1);
    return this.#attempts.list().flatMap(({ attempt, fromStep, until }) => {
      const expected = Math.min(until, step);
      const { file, reached } = this.#reader('steps', attempt);
      const isThere = expected <= Math.max(fromStep, reached) || skipped.includes(expected);
      if (isThere) return [];
      const text = cutTable(file, this.run.name, Math.max(fromStep, reached), expected);
      return [{ file, table: 'steps', text }];
    });
  }

  #reach(steps: readonly number[]): void {
    for (const step of steps) this.#delivered = Math.max(this.#delivered, step);
  }
}
