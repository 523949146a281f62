import type { Disposable } from 'vscode';
import type { RunStore } from '../runs/runStore.ts';
import { LatestStatistics } from './latestStatistics.ts';

/** Points of the history that are read only to reach the latest. */
const RESOLUTION = 64;

/** Statistics of so many runs are kept up to date at once: those asked for last. */
const MOST_RUNS = 4;

interface Followed {
  readonly statistics: Promise<LatestStatistics>;
  dispose(): void;
}

/** Keeps the latest statistics of the runs that were asked for. */
export class RunStatistics implements Disposable {
  readonly #followed = new Map<string, Followed>();

  constructor(private readonly store: RunStore) {}

  /** Gives a run's statistics, which stay up to date. Rejects when the run cannot be read. */
  of(directory: string): Promise<LatestStatistics> {
    const followed = this.#followed.get(directory) ?? this.#follow(directory);
    // Put last, and drop whichever was not asked for the longest.
    this.#followed.delete(directory);
    this.#followed.set(directory, followed);
    const [oldest] = this.#followed.keys();
    if (this.#followed.size > MOST_RUNS && oldest !== undefined) this.#forget(oldest);
    return followed.statistics;
  }

  dispose(): void {
    for (const directory of [...this.#followed.keys()]) this.#forget(directory);
  }

  #follow(directory: string): Followed {
    const latest = new LatestStatistics();
    let following: Disposable | undefined;
    const statistics = new Promise<LatestStatistics>((resolve, reject) => {
      const options = { resolution: RESOLUTION, tables: ['sites', 'pairs'] } as const;
      following = this.store.follow(directory, options, {
        onDelta: (delta) => {
          latest.apply(delta);
          resolve(latest);
        },
        onError: (error) => {
          this.#followed.delete(directory);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      });
    });
    return { statistics, dispose: () => void following?.dispose() };
  }

  #forget(directory: string): void {
    this.#followed.get(directory)?.dispose();
    this.#followed.delete(directory);
  }
}
