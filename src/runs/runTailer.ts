import type { RunDelta } from '../protocol/delta.ts';
import type { TableName } from '../protocol/tables.ts';

export interface ReadOptions {
  /**
   * At most so many points per series of the history that the first poll finds (read from a level
   * of bins where there are more steps); later rows come step by step. By default every step.
   */
  readonly resolution?: number;
  /** Tables to read; by default those with levels: steps, sites and pairs. */
  readonly tables?: readonly TableName[];
}

/** Follows a run directory: every poll gives what was appended since the one before. */
export class RunTailer {
  constructor(
    readonly directory: string,
    private readonly options: ReadOptions = {},
  ) {}

  /**
   * Reads what is new. Missing files may appear later and torn tails are left for later polls.
   * Throws a UserError when run.json is missing, damaged or of a newer format.
   */
  poll(): Promise<RunDelta> {
    throw new Error(`not yet: ${this.directory}, ${this.options.resolution}`);
  }
}

/** Reads a whole run, finished or not. Throws a UserError when run.json cannot be read. */
export async function readRun(directory: string, options: ReadOptions = {}): Promise<RunDelta> {
  return await new RunTailer(directory, options).poll();
}
