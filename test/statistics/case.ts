import type { ImageSums } from '../../src/stats/moments.ts';
import type { FastRandom } from './fastRandom.ts';
import type { Source } from './source.ts';
import type { Watch } from './trial.ts';

/** How the second domain differs from the first. */
export interface Effect {
  /** Difference of the means of the channels that differ, in deviations. */
  readonly gap: number;
  /** Of the second domain's variance to the first's, in the channels that differ. */
  readonly varianceRatio: number;
  /** Channels that differ: the first so many. */
  readonly channels: number;
  /** Steps before the domains begin to differ. */
  readonly onset: number;
}

/** What comes of a difference in a run that goes on after its flag. */
export interface Course {
  /** The step after which the difference is no more than the tolerance, or gone. */
  readonly until: number;
  /** The step after which it is back; null if it never is. */
  readonly back: number | null;
}

/** A question that is put by simulation many times over. */
export interface Case extends Watch {
  /** What `--only` knows it by, its group first. */
  readonly id: string;
  readonly title: string;
  readonly effect: Effect;
  /** How many independent runs are watched. */
  readonly runs: number;
  /** Null where a run ends with its first alarm. */
  readonly course: Course | null;
  /** Whether it shows digits to a trained net. */
  readonly needsNet: boolean;
  /** Begins one run. `net`: what each site of the trained net sees of all digits. */
  readonly open: (random: FastRandom, net: readonly ImageSums[]) => Source;
}

/** Another one than that with which the rule was made: its constants must not fit these draws. */
export const SEED = 20_261_124;
export const NO_EFFECT: Effect = { gap: 0, varianceRatio: 1, channels: 0, onset: 0 };
/** The probability of any false alarm in a run. */
export const ALPHA = 0.05;
/** Images of each domain in a step, as far as it has them. */
export const BATCH = 32;
