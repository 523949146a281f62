import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Effect } from './case.ts';
import type { References } from './references.ts';
import type { Symmetry } from './symmetry.ts';
import type { WatcherName } from './watchers.ts';

/** When one watcher gave its first alarms. */
export interface WatcherResult {
  /** Runs with an alarm. */
  readonly alarms: number;
  /** Those of them whose first was before the domains began to differ. */
  readonly early: number;
  /** Those of them that named channels, and those that named one that does not differ. */
  readonly named: number;
  readonly misnamed: number;
  /** From onset to alarm, the median over all runs; null if half of them had none. */
  readonly medianSteps: number | null;
  /** Of the estimated less the true first step; null where no alarm tells one. */
  readonly onsetError: Quartiles | null;
  /** What became of the alarms, in cases that go on after them. */
  readonly clearing?: {
    /** Runs in which one was taken back, and in which it was given again after that. */
    readonly cleared: number;
    readonly again: number;
    /** Those of them in which that was before the difference was back. */
    readonly againEarly: number;
    /** From where the difference shrank; and from where it was back, if it was. */
    readonly clearedSteps: Quartiles | null;
    readonly againSteps: Quartiles | null;
  };
}

export type Quartiles = readonly [low: number, median: number, high: number];

/** The runs of a case, and what they were. */
export interface CaseResult {
  /** Results of earlier versions do not say it. */
  readonly seed?: number;
  readonly runs: number;
  readonly steps: number;
  readonly tests: number;
  readonly alpha: number;
  readonly effect: Effect;
  readonly threadSeconds: number;
  readonly watchers: Readonly<Partial<Record<WatcherName, WatcherResult>>>;
}

/** What results.json holds: of everything, when it was measured last. */
export interface Results {
  /** By the cases' ids. */
  readonly cases: Readonly<Record<string, CaseResult>>;
  readonly symmetry: Symmetry | null;
  readonly references: References | null;
}

export function readResults(file: string): Results {
  if (!existsSync(file)) return { cases: {}, symmetry: null, references: null };
  return JSON.parse(readFileSync(file, 'utf8')) as Results;
}

export function writeResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}
