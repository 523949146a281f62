import type { NetworkSite, WatchedRun } from './network.ts';
import type { Rule } from './rule.ts';
import { everyKeepingSite, siteOf } from './subjects.ts';
import { percent } from './text.ts';

/** A twentieth: where activations have the variance 0.05, it doubles what the layer divides by. */
const MOST_LEFT = 0.05;

/**
 * Running statistics that at the last step still hold more than 5% of the mean 0 and variance 1 that
 * they began with: momentum^steps, 37% after 100 steps at Keras's 0.99. The layer divides by them at
 * test. Said once for all layers of one momentum, at the first of them.
 */
export const initialStatistics: Rule<null> = {
  code: 'statistics-lag',
  subjects(run) {
    const momenta = new Set<number>();
    return everyKeepingSite(run).filter((subject) => {
      const site = siteOf(subject, run);
      if (!isSlow(site, run) || momenta.has(site.momentum)) return false;
      momenta.add(site.momentum);
      return true;
    });
  },
  begin: () => null,
  look(_view, subject, _memory, run) {
    const { momentum } = siteOf(subject, run);
    const { totalSteps } = run;
    const left = momentum ** totalSteps;
    const layers = everyKeepingSite(run)
      .map((other) => siteOf(other, run))
      .filter((site) => site.momentum === momentum && isSlow(site, run))
      .map(({ name }) => name);
    const needed = Math.ceil(Math.log(MOST_LEFT) / Math.log(momentum));
    const enough = Math.floor(100 * MOST_LEFT ** (1 / totalSteps)) / 100;
    const lower = enough > 0 ? `Set momentum to ${Math.min(enough, 0.9)} or below` : 'Train longer';
    return {
      message: `After the run's ${totalSteps} steps ${percent(left)} of the running statistics of ${layers.join(', ')} are still the initial mean 0 and variance 1, for the momentum is ${momentum}`,
      hint: Number.isFinite(needed) ? `${lower}, or train ${needed} steps or more.` : `${lower}.`,
      value: left,
      threshold: MOST_LEFT,
    };
  },
};

/** Tells whether too much of what a site's statistics began with is left at the last step. */
function isSlow({ frozen, momentum }: NetworkSite, { totalSteps }: WatchedRun): boolean {
  return !frozen && momentum ** totalSteps > MOST_LEFT;
}
