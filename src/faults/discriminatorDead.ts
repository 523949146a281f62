import type { Rule } from './rule.ts';
import { average, beginSpan, type Span } from './span.ts';
import { meanOf, type SiteView, type StepView } from './stepView.ts';
import { everyDiscriminator } from './subjects.ts';
import { digits, termName } from './text.ts';

const STEPS = 50;
/** An accuracy is a guess's when it is that to the last digit. */
const EXACT = 1e-6;
/** How near the loss is to ln(domains), as a share of it. */
const NEAR = 0.02;
/** It is 1 when nothing differs. */
const LEAST_DIFFERENCE = 2;

interface Memory {
  /** Of the loss and of the difference at each site; null when the last answer was no guess. */
  span: Span | null;
}

/**
 * A discriminator that learns nothing although the domains differ: for 50 steps in succession it
 * takes all images for one domain's, so that its accuracy is exactly a guess's, its loss is within 2%
 * of ln(domains), and at some site the squared difference of the domains' means is more than twice
 * its squared standard error, averaged over channels. One that is fooled, as it should be, errs
 * about a guess, but hits it exactly in few steps (an accuracy of 1/2 of 64 images in a tenth).
 */
export const discriminatorDead: Rule<StepView, Memory> = {
  code: 'discriminator-dead',
  subjects: everyDiscriminator,
  begin: () => ({ span: null }),
  look({ alignments, sites, losses }, subject, memory, run) {
    const said = alignments[subject.term ?? -1];
    if (said === undefined) return null;
    const domains = losses.size;
    if (Math.abs(said.accuracy - 1 / domains) > EXACT) {
      memory.span = null;
      return null;
    }
    memory.span ??= beginSpan(1 + run.sites.length);
    const differences = run.sites.map((_, site) => difference(sites[site]));
    const averages = average(memory.span, STEPS, [said.loss, ...differences]);
    if (averages === null) return null;
    const [loss = NaN, ...ofSites] = averages;
    const guess = Math.log(domains);
    const largest = Math.max(...ofSites);
    if (Math.abs(loss - guess) > NEAR * guess || largest < LEAST_DIFFERENCE) return null;
    const { name } = run.sites[ofSites.indexOf(largest)]!;
    return {
      message: `The discriminator of ${termName(subject, run)} has taken all images for one domain's for ${STEPS} steps, its loss is that of a guess, ${digits(loss)}, although the domains differ at ${name}: it learns nothing`,
      hint: 'Check that the layer it looks at is alive, lower the learning rate, or give the discriminator BatchNorm.',
      value: loss,
      threshold: guess,
    };
  },
};

/**
 * Returns the largest over pairs of domains of (difference of means)² / its squared standard error,
 * averaged over channels; 0 where there is nothing to compare.
 */
function difference(view: SiteView | undefined): number {
  const domains = view?.domains ?? [];
  const pairs = domains.flatMap((b, k) => domains.slice(0, k).map((a) => [a, b] as const));
  return pairs.reduce((largest, [{ moments: a }, { moments: b }]) => {
    const squares = a.mean.map(
      (mean, c) => (mean - b.mean[c]!) ** 2 / (a.meanSe[c]! ** 2 + b.meanSe[c]! ** 2),
    );
    const own = meanOf(squares);
    return own > largest ? own : largest;
  }, 0);
}
