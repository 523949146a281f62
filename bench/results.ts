import type { Plan } from './conductor.ts';
import type { Setting } from './contenders.ts';
import type { Machine } from './machine.ts';
import type { Measurement } from './measurement.ts';

/** One setting with what was seen of everyone. */
export interface Comparison extends Setting {
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
}
