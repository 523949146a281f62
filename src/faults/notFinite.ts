import type { Finding, Rule } from './rule.ts';
import type { DomainView, SiteView, StepView } from './stepView.ts';
import { siteOf } from './subjects.ts';
import { domainName } from './text.ts';
import type { WatchedRun } from './network.ts';

const HINT =
  'Lower the learning rate, clip gradients with clipNorm, and check that the images are rescaled.';

/**
 * The first NaN or infinity of a run. Activations run forwards, so the first site with one in its
 * input, in the order of construction, is the nearest behind where it came up; gradients run
 * backwards, so there it is the last; and where both are finite, the loss comes after all sites.
 */
export const notFinite: Rule<StepView> = {
  code: 'not-finite',
  subjects: () => [{}],
  begin: () => null,
  look({ step, sites, losses }, _subject, _memory, run) {
    const seen = sites.filter((site) => site !== undefined);
    return (
      firstOf(seen, hasBadInput, 'The input', step, run) ??
      firstOf(seen.toReversed(), hasBadGradient, 'The gradient for γ and β', step, run) ??
      badLoss(losses, step, run)
    );
  },
};

function firstOf(
  sites: readonly SiteView[],
  isBad: (domain: DomainView) => boolean,
  what: string,
  step: number,
  run: WatchedRun,
): Finding | null {
  for (const { site, domains } of sites) {
    const bad = domains.find(isBad);
    if (bad === undefined) continue;
    const { domain } = bad;
    const { name } = siteOf({ site }, run);
    return {
      site,
      domain,
      message: `${what} of ${name} has values that are NaN or beyond float32, first at step ${step} in domain ${domainName(domain, run)}`,
      hint: HINT,
    };
  }
  return null;
}

function badLoss(losses: StepView['losses'], step: number, run: WatchedRun): Finding | null {
  const bad = [...losses].find(
    ([domain, loss]) => run.domains[domain]?.labelled === true && !Number.isFinite(loss),
  );
  if (bad === undefined) return null;
  const [domain] = bad;
  return {
    domain,
    message: `The loss of domain ${domainName(domain, run)} is no finite number at step ${step}, though the input of every BatchNorm layer is: it came up behind the last of them`,
    hint: HINT,
  };
}

function hasBadInput({ moments: { mean, variance } }: DomainView): boolean {
  // A sum is finite only if all its terms are, and takes far less time than asking each.
  let sum = 0;
  for (let c = 0; c < mean.length; c++) sum += mean[c]! + variance[c]!;
  return !Number.isFinite(sum);
}

function hasBadGradient({ gradientNorm }: DomainView): boolean {
  return !Number.isFinite(gradientNorm);
}
