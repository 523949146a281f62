import type { Rule } from './rule.ts';
import type { StepView } from './stepView.ts';
import { phaseOf } from './network.ts';
import { beginSpan, average, type Span } from './span.ts';
import { everyDomainIf } from './subjects.ts';
import { domainName, percent } from './text.ts';

/** While all domains still have everything to learn. */
const STEPS = 50;
const LEAST = 0.02;

/**
 * A domain with γ and β of its own whose gradient for them, over all such sites and the first 50
 * steps that train on it, is less than a fiftieth of the largest domain's (woozch/DSBN#5). Later a domain that is
 * learned by heart has small gradients by right.
 */
export const starvedBranch: Rule<StepView, Span & { over: boolean }> = {
  code: 'starved-branch',
  subjects: (run) => everyDomainIf(run, ({ ownParameters }) => ownParameters),
  begin: () => ({ ...beginSpan(2), over: false }),
  look({ step, sites }, { domain }, memory, run) {
    // A phase that leaves the domain out gives it no gradient by intent.
    if (memory.over || !phaseOf(run, step).domains.includes(domain ?? -1)) return null;
    const squares = run.segments.map((segment) => {
      const norms = sites.flatMap((view) =>
        view !== undefined && run.sites[view.site]?.ownParameters === true
          ? view.domains.filter((own) => own.domain === segment.domain)
          : [],
      );
      return norms.reduce((sum, { gradientNorm }) => sum + gradientNorm ** 2, 0);
    });
    const own = squares[run.segments.findIndex((segment) => segment.domain === domain)] ?? 0;
    const averages = average(memory, STEPS, [own, Math.max(...squares)]);
    if (averages === null) return null;
    memory.over = true;
    const [mine = 0, largest = 0] = averages.map(Math.sqrt);
    if (!(mine < LEAST * largest)) return null;
    const name = domainName(domain, run);
    const { labelled = true } = run.domains[domain ?? -1] ?? {};
    return {
      message: `The γ and β that belong to domain ${name} have had only ${percent(mine / largest)} of another domain's gradient in its first ${STEPS} steps`,
      hint: labelled
        ? `Check the labels and images of ${name}, or train with shared statistics.`
        : `Without labels nothing trains them: train with shared statistics, or give ${name} labels.`,
      value: mine / largest,
      threshold: LEAST,
    };
  },
};
