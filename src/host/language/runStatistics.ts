import type { RunTailer } from '../../runs/runTailer.ts';
import { LatestStatistics } from './latestStatistics.ts';

/** Points of the history that are read only to reach the latest. */
const RESOLUTION = 64;

/** The statistics of so many runs are kept: those asked for last. */
const MOST_RUNS = 4;

/** Gives the latest statistics of runs, reading only what is new since they were asked for last. */
export class RunStatistics {
  readonly #readers = new Map<string, Reader>();

  /** Reads on in a run directory. Throws a UserError when the run cannot be read. */
  async of(directory: string): Promise<LatestStatistics> {
    const reader = this.#readers.get(directory) ?? new Reader(directory);
    // Put last, and drop whichever was not asked for the longest.
    this.#readers.delete(directory);
    this.#readers.set(directory, reader);
    const [oldest] = this.#readers.keys();
    if (this.#readers.size > MOST_RUNS && oldest !== undefined) this.#readers.delete(oldest);
    try {
      return await reader.read();
    } catch (error) {
      this.#readers.delete(directory);
      throw error;
    }
  }
}

class Reader {
  readonly #tailer: Promise<RunTailer>;
  readonly #latest = new LatestStatistics();
  #reading: Promise<LatestStatistics> | undefined;

  constructor(directory: string) {
    this.#tailer = openTailer(directory);
  }

  /** A reading under way serves everyone who asks meanwhile. */
  read(): Promise<LatestStatistics> {
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOn(): Promise<LatestStatistics> {
    this.#latest.apply(await (await this.#tailer).poll());
    return this.#latest;
  }
}

/** Loads the reader of tables, and with it Arrow, no sooner than a run is asked for. */
async function openTailer(directory: string): Promise<RunTailer> {
  const { RunTailer } = await import('../../runs/runTailer.ts');
  return new RunTailer(directory, {
    resolution: RESOLUTION,
    tables: ['sites', 'pairs', 'mmd', 'mmdWindows'],
  });
}
