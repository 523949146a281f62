import { join } from 'node:path';
import type { TableName } from '../protocol/tables.ts';
import { findBatch, readFrame } from './arrowFrames.ts';
import type { ColumnArray } from './arrowFrames.ts';
import { fileSize, readBytes } from './fileBytes.ts';
import { tableFile } from './paths.ts';
import { tableColumns } from './tableColumns.ts';
import type { Column } from './tableColumns.ts';

/** Files are read in pieces of so many bytes, so that a long one is never in memory whole. */
const PIECE = 1 << 22;
/** A search for the newest rows begins with so many bytes at the file's end. */
const TAIL = 1 << 16;
/** More than any table's schema message needs. */
const SCHEMA_BYTES = 1 << 14;

/** Rows as they stand in one batch of a table's file, by column name. */
export type Batch = ReadonlyMap<string, ColumnArray>;

/** Follows one file of a table: one attempt, one level. Steps do not decrease within a file. */
export class TableFollower {
  /** Whether something other than the tail could not be read. */
  damaged = false;
  readonly file: string;
  #offset = 0;
  #seen = 0;
  #ended = false;
  #columns: readonly Column[];

  constructor(directory: string, table: TableName, attempt: number, level: number) {
    this.file = join(directory, tableFile(table, attempt, level));
    // Until the schema is read, and if it is damaged: the columns as this version writes them.
    this.#columns = tableColumns(table, level);
  }

  /**
   * Skips rows up to the step `after`, without reading what stands far before it.
   * To be called before the first poll; rows near the step may still come.
   */
  async skipTo(after: number): Promise<void> {
    const size = await fileSize(this.file);
    if (after === 0 || size <= TAIL) return;
    await this.#readSchema(Math.min(size, SCHEMA_BYTES));
    for (let window = TAIL; window < size; window *= 4) {
      const start = Math.ceil((size - window) / 8) * 8;
      const bytes = await readBytes(this.file, start, size);
      const found = findBatch(bytes, 0, this.#columns);
      // A batch may begin in the middle of step `after` + 1, so one that begins there is too late.
      if (found !== null && found.firstStep <= after) {
        this.#offset = start + found.at;
        return;
      }
    }
  }

  /** Returns the whole batches that follow those returned before; a missing file has none yet. */
  async poll(): Promise<Batch[]> {
    const size = await fileSize(this.file);
    const batches: Batch[] = [];
    if (size === this.#seen) return batches;
    this.#seen = size;
    let piece = PIECE;
    while (this.#offset < size && !this.#ended) {
      const end = Math.min(this.#offset + piece, size);
      const bytes = await readBytes(this.file, this.#offset, end);
      const consumed = this.#cut(bytes, end === size, batches);
      this.#offset += consumed;
      if (end === size) break;
      // A message longer than the piece, or a damaged stretch of which more must be seen.
      piece = consumed === 0 ? piece * 2 : PIECE;
    }
    return batches;
  }

  /** Cuts whole messages off the bytes and returns how many bytes they take. */
  #cut(bytes: Uint8Array, toTheEnd: boolean, batches: Batch[]): number {
    let at = 0;
    while (!this.#ended) {
      const frame = readFrame(bytes, at, this.#columns);
      switch (frame.kind) {
        case 'schema':
          this.#adopt(frame.columns);
          at = frame.end;
          break;
        case 'batch':
          batches.push(new Map(this.#columns.map(({ name }, i) => [name, frame.columns[i]!])));
          at = frame.end;
          break;
        case 'end':
          this.#ended = true;
          break;
        case 'torn':
        case 'damaged': {
          // Without an intact batch after it, it is a tail that may yet become whole.
          const next = toTheEnd ? findBatch(bytes, at + 8, this.#columns) : null;
          if (next === null) return at;
          this.damaged = true;
          at = next.at;
        }
      }
    }
    return at;
  }

  async #readSchema(length: number): Promise<void> {
    const frame = readFrame(await readBytes(this.file, 0, length), 0, this.#columns);
    if (frame.kind === 'schema') this.#adopt(frame.columns);
  }

  /** Takes the file's own order of columns, unless one is missing: then the schema is damaged. */
  #adopt(columns: readonly Column[]): void {
    const has = ({ name, type }: Column) => columns.some((c) => c.name === name && c.type === type);
    if (this.#columns.every(has)) this.#columns = columns;
  }
}
