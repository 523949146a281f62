import type { RunDelta } from '../protocol/delta.ts';
import { RunReading } from './runReading.ts';
import type { ReadOptions } from './runReading.ts';

export type { ReadOptions } from './runReading.ts';

/** Follows a run directory: every poll gives what was appended since the one before. */
export class RunTailer {
  #reading: RunReading | null = null;

  constructor(
    readonly directory: string,
    private readonly options: ReadOptions = {},
  ) {}

  /**
   * Reads what is new; one poll at a time. Missing files may appear later and torn tails are left
   * for later polls. Throws a UserError when run.json is missing (the run was deleted), damaged or of
   * a newer format, or when a file cannot be read; the next poll then begins anew.
   */
  async poll(): Promise<RunDelta> {
    const before = this.#reading;
    // Should this poll throw, what it has taken from the files would be missing from the next one.
    this.#reading = null;
    for (let reading = before; ; reading = null) {
      reading ??= await RunReading.open(this.directory, this.options);
      const news = await reading.poll();
      if (news === null) continue;
      this.#reading = reading;
      return { reset: reading !== before, ...news };
    }
  }
}

/** Reads a whole run, as far as it is there. Throws a UserError when it cannot be read. */
export async function readRun(directory: string, options: ReadOptions = {}): Promise<RunDelta> {
  return await new RunTailer(directory, { complete: true, ...options }).poll();
}
