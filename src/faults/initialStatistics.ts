import type { Rule } from './rule.ts';
import { everyKeepingSite, siteOf } from './subjects.ts';
import { percent } from './text.ts';

/** A twentieth: where activations have the variance 0.05, it doubles what the layer divides by. */
const MOST_LEFT = 0.05;

/**
 * Running statistics that at the last step still hold more than 5% of the mean 0 and variance 1 that
 * they began with: momentum^steps, 37% after 100 steps at Keras's 0.99. The layer divides by them at
 * test.
 */
export const initialStatistics: Rule<null> = {
  code: 'statistics-lag',
  subjects: everyKeepingSite,
  begin: () => null,
  look(_view, subject, _memory, run) {
    const { name, frozen, momentum } = siteOf(subject, run);
    const { totalSteps } = run;
    const left = momentum ** totalSteps;
    if (frozen || left <= MOST_LEFT) return null;
    const needed = Math.ceil(Math.log(MOST_LEFT) / Math.log(momentum));
    const enough = Math.floor(100 * MOST_LEFT ** (1 / totalSteps)) / 100;
    const lower = enough > 0 ? `Set momentum to ${Math.min(enough, 0.9)} or below` : 'Train longer';
    return {
      message: `After the run's ${totalSteps} steps ${percent(left)} of the running statistics of ${name} are still the initial mean 0 and variance 1, for its momentum is ${momentum}`,
      hint: Number.isFinite(needed) ? `${lower}, or train ${needed} steps or more.` : `${lower}.`,
      value: left,
      threshold: MOST_LEFT,
    };
  },
};
