import type { Setting } from './contenders.ts';
import type { Machine } from './machine.ts';
import type { Measurement } from './measurement.ts';
import type { Recording } from './recording.ts';

/** How long and how often each contender steps. */
export interface Plan {
  readonly rounds: number;
  /** How long a contender steps in each round, ms. */
  readonly sliceMs: number;
  /** A contender that has stepped for so long leaves the later rounds to the others, ms. */
  readonly patienceMs: number;
}

/** One setting with what was seen of everyone. */
export interface Comparison extends Setting {
  /** Of the contenders' runtimes and libraries, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly contenders: readonly Measurement[];
}

/** What bench/results.json holds. */
export interface Results {
  /** ISO 8601, when the run began. */
  readonly date: string;
  readonly minutes: number;
  readonly machine: Machine;
  /** Load averages before and after. */
  readonly load: readonly [number, number];
  readonly plan: Plan;
  readonly comparisons: readonly Comparison[];
  /** Null where it was not measured. */
  readonly recording: Recording | null;
}

/** Writes results as JSON with a line for each field, but only one for each list of numbers. */
export function formatResults(results: Results): string {
  const rounded = JSON.stringify(
    results,
    (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value),
    2,
  );
  const numbers = /\[\s+([-+.,\de\s]+?)\s+\]/g;
  return `${rounded.replace(numbers, (_, list: string) => `[${list.replace(/\s+/g, ' ')}]`)}\n`;
}
