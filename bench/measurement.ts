import { median } from '../src/stats/median.ts';

/** Tells one contender from the others. */
export interface ContenderFacts {
  readonly id: string;
  readonly title: string;
  /** Threads that it may use. */
  readonly threads: 1 | 2;
  /** Whom it is to be set against besides PyTorch: the same backend of tfjs as published. */
  readonly stock?: string;
}

/** What was seen of a contender in one setting. */
export interface Measured extends ContenderFacts {
  /** Mean time of a step in each round, ms; fewer rounds of slow contenders. */
  readonly stepMs: readonly number[];
  /** The most memory that its process had resident; null where the system does not tell. */
  readonly peakMiB: number | null;
}

/** A contender that was measured in a setting, or why it was not. */
export type Measurement = Measured | (ContenderFacts & { readonly unavailable: string });

export function isMeasured(measurement: Measurement): measurement is Measured {
  return 'stepMs' in measurement;
}

/** The one with an id, if it was measured. */
export function findMeasured(
  contenders: readonly Measurement[],
  wanted: string | undefined,
): Measured | undefined {
  return contenders.filter(isMeasured).find(({ id }) => id === wanted);
}

/** The faster of PyTorch's two memory formats with so many threads. */
export function fastestTorch(
  contenders: readonly Measurement[],
  threads: number | undefined,
): Measured | undefined {
  return contenders
    .filter(isMeasured)
    .filter(({ id }) => id.startsWith(`torch-${threads ?? ''}/`))
    .sort((a, b) => median(a.stepMs) - median(b.stepMs))[0];
}
