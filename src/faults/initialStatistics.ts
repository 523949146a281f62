import { updatingSteps, type NetworkSite, type WatchedRun } from './network.ts';
import type { Rule } from './rule.ts';
import { everyKeepingSite, siteOf } from './subjects.ts';
import { percent } from './text.ts';

/** A twentieth: where activations have the variance 0.05, it doubles what the layer divides by. */
const MOST_LEFT = 0.05;

/**
 * Running statistics that at the last step still hold more than 5% of the mean 0 and variance 1 that
 * they began with: momentum^steps, 37% after 100 steps at Keras's 0.99, counting the steps of phases
 * that update them. The layer divides by them at test. Said once for all layers of one momentum, at
 * the first of them.
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
    const steps = updatingSteps(run, totalSteps);
    const left = momentum ** steps;
    const layers = everyKeepingSite(run)
      .map((other) => siteOf(other, run))
      .filter((site) => site.momentum === momentum && isSlow(site, run))
      .map(({ name }) => name);
    const needed = Math.ceil(Math.log(MOST_LEFT) / Math.log(momentum));
    const enough = Math.floor(100 * MOST_LEFT ** (1 / steps)) / 100;
    const lower = enough > 0 ? `Set momentum to ${Math.min(enough, 0.9)} or below` : 'Train longer';
    const [after, such] =
      steps === totalSteps
        ? [`the run's ${steps} steps`, '']
        : [`the ${steps} of the run's ${totalSteps} steps that update statistics`, 'such '];
    return {
      message: `After ${after} ${percent(left)} of the running statistics of ${layers.join(', ')} are still the initial mean 0 and variance 1, for the momentum is ${momentum}`,
      hint: Number.isFinite(needed)
        ? `${lower}, or train ${needed} ${such}steps or more.`
        : `${lower}.`,
      value: left,
      threshold: MOST_LEFT,
    };
  },
};

/** Tells whether too much of what a site's statistics began with is left at the last step. */
function isSlow({ frozen, momentum }: NetworkSite, run: WatchedRun): boolean {
  return !frozen && momentum ** updatingSteps(run, run.totalSteps) > MOST_LEFT;
}
