import { DEAD_HINT, MOST_DEAD } from './deadChannels.ts';
import type { Rule } from './rule.ts';
import { everyAffine, siteOf } from './subjects.ts';
import { placeName } from './text.ts';
import { parametersOf, type WeightsView } from './weightsView.ts';

/** At most 1 in 37 values lies so many deviations above the mean whatever they are (Cantelli). */
const DEVIATIONS = 6;

/**
 * A quarter or more of the channels that ReLU shuts behind BatchNorm: at an epoch's end
 * β ≤ −6·|γ|, so that γx̂ + β > 0 takes an x̂, of mean 0 and variance 1, more than 6 deviations from
 * its mean.
 */
export const shutRectifiers: Rule<WeightsView> = {
  code: 'dead-channels',
  subjects: (run) => everyAffine(run).filter((subject) => siteOf(subject, run).rectified),
  begin: () => null,
  look(view, subject, _memory, run) {
    const { gamma = null, beta = null } = parametersOf(view, subject) ?? {};
    if (beta === null) return null;
    const size = (c: number): number => Math.abs(gamma?.[c] ?? 1);
    const dead = beta.filter((value, c) => value < 0 && value <= -DEVIATIONS * size(c)).length;
    if (dead < MOST_DEAD * beta.length) return null;
    return {
      message: `ReLU shuts ${dead} of the ${beta.length} channels of ${placeName(subject, run)}: their β is more than ${DEVIATIONS} times |γ| below 0`,
      hint: DEAD_HINT,
      value: dead / beta.length,
      threshold: MOST_DEAD,
    };
  },
};
