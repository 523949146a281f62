import { join } from 'node:path';
import { LEVEL_STRIDES, TABLES } from '../protocol/tables.ts';
import type { TableName, TableRow, TableRows } from '../protocol/tables.ts';
import { BINS_PER_BATCH, LevelBuilder } from './levels.ts';
import type { Bin } from './levels.ts';
import { tableFile } from './paths.ts';
import { keyNames, tableColumns, valueNames } from './tableColumns.ts';
import { TableFileWriter } from './tableFileWriter.ts';

/** Writes one attempt of one table: every step, and the levels that summarize bins of steps. */
export class TableWriter {
  readonly #keys: readonly string[];
  readonly #values: readonly string[];
  readonly #steps: TableFileWriter;
  /** Sparse by level, from 1: a level's file is created with its first bin. */
  readonly #levels = new Map<number, TableFileWriter>();
  readonly #bins: LevelBuilder | null;

  /** Creates the attempt's file of every step; throws a UserError when it exists already. */
  constructor(
    private readonly directory: string,
    private readonly table: TableName,
    private readonly attempt: number,
    /** Bins up to this step are in the files of earlier attempts. */
    private readonly fromStep: number,
  ) {
    this.#keys = keyNames(table);
    this.#values = valueNames(table);
    this.#steps = this.#create(0);
    this.#bins = TABLES[table].levels
      ? new LevelBuilder((level, bins) => {
          this.#put(level, bins);
        })
      : null;
  }

  append(row: TableRow<TableName>): void {
    const cells: Readonly<Record<string, number>> = row;
    const keys = this.#keys.map((name) => cells[name]!);
    const values = this.#values.map((name) => cells[name]!);
    this.#steps.push([row.step, ...keys, ...values]);
    this.#bins?.add(row.step, keys, values);
  }

  /** Adds rows that earlier attempts wrote to the bins which this attempt goes on filling. */
  continueBins(rows: Pick<TableRows<TableName>, 'step'>): void {
    const columns = rows as unknown as Readonly<Record<string, ArrayLike<number>>>;
    for (let row = 0; row < rows.step.length; row++) {
      const pick = (name: string) => columns[name]![row]!;
      this.#bins?.add(rows.step[row]!, this.#keys.map(pick), this.#values.map(pick));
    }
  }

  /** Writes the buffered rows of every step; levels wait for a few bins more. */
  flush(): void {
    this.#steps.flush();
  }

  /** Writes all that is buffered and ends the streams. */
  end(): void {
    for (const file of [this.#steps, ...this.#levels.values()]) {
      file.flush();
      file.end();
    }
  }

  close(): void {
    for (const file of [this.#steps, ...this.#levels.values()]) file.close();
  }

  #create(level: number): TableFileWriter {
    const file = join(this.directory, tableFile(this.table, this.attempt, level));
    return new TableFileWriter(file, tableColumns(this.table, level));
  }

  #put(level: number, bins: readonly Bin[]): void {
    const step = bins[0]?.step ?? 0;
    if (step <= this.fromStep) return;
    let writer = this.#levels.get(level);
    if (writer === undefined) this.#levels.set(level, (writer = this.#create(level)));
    for (const { keys, min, max, last } of bins) {
      const row = [step, ...keys];
      last.forEach((value, i) => row.push(min[i]!, max[i]!, value));
      writer.push(row);
    }
    if (step % (BINS_PER_BATCH * LEVEL_STRIDES[level - 1]!) === 0) writer.flush();
  }
}
