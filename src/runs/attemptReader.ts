import type { TableName } from '../protocol/tables.ts';
import { TableFollower } from './tableFollower.ts';
import { lastStep, rowsBetween } from './tableRows.ts';
import type { RowRange } from './tableRows.ts';

/**
 * Reads one attempt of one table: first its history, from a level and, for the newest steps whose
 * bins are not complete, from the finer ones; then step by step what is appended.
 */
export class AttemptReader {
  /** Files of which an intact part was found after something unreadable. */
  readonly damaged = new Set<string>();
  /** The last step of which a row was returned; 0 before. */
  reached = 0;
  readonly #steps: TableFollower;
  /** Coarsest first. */
  readonly #levels: TableFollower[];
  #atHistory = true;

  constructor(
    directory: string,
    readonly table: TableName,
    attempt: number,
    /** The level to begin with; 0 is every step. */
    level: number,
    /** Rows up to this step are not wanted. */
    private covered = 0,
  ) {
    const follower = (level: number) => new TableFollower(directory, table, attempt, level);
    this.#steps = follower(0);
    this.#levels = Array.from({ length: level }, (_, finer) => follower(level - finer));
  }

  /** The file of every step. */
  get file(): string {
    return this.#steps.file;
  }

  /** Returns rows up to the step `until` that were not returned before, in the order of steps. */
  async poll(until = Infinity): Promise<RowRange[]> {
    let rows: RowRange[] = [];
    if (this.#atHistory) {
      this.#atHistory = false;
      for (const level of this.#levels) {
        await level.skipTo(this.covered);
        rows = rows.concat(await this.#read(level, true, until));
        const newest = rows.at(-1);
        if (newest !== undefined) this.covered = lastStep(newest);
      }
      await this.#steps.skipTo(this.covered);
    }
    // From here on `covered` stays: the rows of one step may come in several batches.
    return rows.concat(await this.#read(this.#steps, false, until));
  }

  async #read(file: TableFollower, binned: boolean, until: number): Promise<RowRange[]> {
    const batches = await file.poll();
    if (file.damaged) this.damaged.add(file.file);
    const rows = batches.flatMap((batch) => rowsBetween(batch, binned, this.covered, until) ?? []);
    for (const range of rows) this.reached = Math.max(this.reached, lastStep(range));
    return rows;
  }
}
