import type { Rule } from './rule.ts';
import { everyDomainIf } from './subjects.ts';
import { domainName } from './text.ts';

/** Statistics of an eighth of the images have √8 times the error: 2.8 times. */
const MOST_TIMES = 8;

/**
 * A domain with its own statistics, and with less than an eighth of the images that another one
 * brings in each step, so that its branch normalizes by guesswork (woozch/DSBN#5).
 */
export const unequalBranches: Rule<null> = {
  code: 'starved-branch',
  subjects: (run) =>
    everyDomainIf(run, (site) => site.handling === 'handled' && site.keepsStatistics),
  begin: () => null,
  look(_view, { domain }, _memory, run) {
    const own = run.segments.find((segment) => segment.domain === domain)?.images ?? 0;
    const most = Math.max(...run.segments.map(({ images }) => images));
    if (own * MOST_TIMES >= most) return null;
    const name = domainName(domain, run);
    return {
      message: `Domain ${name} has a BatchNorm branch of its own but only ${own} images in a step, where another one has ${most}`,
      hint: `Give ${name} more training images, or train with shared statistics.`,
      value: most / own,
      threshold: MOST_TIMES,
    };
  },
};
