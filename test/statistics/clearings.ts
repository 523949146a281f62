import { ALPHA, BATCH, NO_EFFECT, type Case, type Course, type Effect } from './case.ts';
import { WIDTHS } from './nulls.ts';
import { changing, gaussian } from './populations.ts';
import { CHANNELS, TESTS } from './powers.ts';
import { freshImages } from './source.ts';

/** A promise about flags that are taken back. */
export interface ClearingCase extends Case {
  readonly course: Course;
  /** Which runs are false. */
  readonly isFalse: 'cleared' | 'flagged again' | 'flagged again early';
}

/** Clearly above the tolerance of 0.1 in every channel. */
const DIFFERENCE: Effect = { ...NO_EFFECT, gap: 0.3, channels: CHANNELS };
const TOLERANCE = 0.1;
/** Steps in which the flag is raised. */
const FLAGGED = 300;

/** Flags that are raised, and what comes of them when the difference shrinks or goes. */
export const CLEARINGS: readonly ClearingCase[] = [
  clearing('shrinks to the tolerance', {
    ...{ isFalse: 'cleared', after: TOLERANCE, back: null, steps: 2_000 },
    ...{ widths: WIDTHS, tests: WIDTHS.length, runs: 400 },
  }),
  clearing('goes', {
    ...{ isFalse: 'flagged again', after: 0, back: null, steps: 1_000 },
    ...{ widths: WIDTHS, tests: WIDTHS.length, runs: 400 },
  }),
  clearing('goes, and comes back after 1,000 steps', {
    ...{ isFalse: 'flagged again early', after: 0, back: FLAGGED + 1_000, steps: 1_600 },
    ...{ widths: [CHANNELS], tests: TESTS, runs: 200 },
  }),
];

interface Settings extends Pick<Case, 'tests' | 'runs' | 'steps'>, Pick<ClearingCase, 'isFalse'> {
  /** The gap after the first steps. */
  readonly after: number;
  readonly back: number | null;
  readonly widths: readonly number[];
}

function clearing(title: string, { after, back, widths, ...shared }: Settings): ClearingCase {
  return {
    ...shared,
    id: `clearing/${title}`,
    title,
    effect: DIFFERENCE,
    course: { until: FLAGGED, back },
    watchers: ['ε=0.1'],
    alpha: ALPHA,
    needsNet: false,
    open(random) {
      const different = gaussian(() => [DIFFERENCE.gap, 1]);
      const less = changing(
        FLAGGED,
        different,
        gaussian(() => [after, 1]),
      );
      const second = back === null ? less : changing(back, less, different);
      return freshImages(random, widths, BATCH, [gaussian(), second]);
    },
  };
}
