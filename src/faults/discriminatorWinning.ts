import type { Rule } from './rule.ts';
import { average, beginSpan, type Span } from './span.ts';
import type { StepView } from './stepView.ts';
import { everyDiscriminator, termOf } from './subjects.ts';
import { percent, termName } from './text.ts';

const STEPS = 100;
const MOST_ACCURACY = 0.99;
/** Before so much of the declared weight, which rises, a discriminator wins by right. */
const LEAST_SHARE = 0.5;

/**
 * A discriminator that tells the domains apart in more than 99% of the images on average over 100
 * steps, at half of its weight or more: the features do not get to hide anything, and a loss near 0
 * has hardly a gradient to reverse (Ganin et al. 2016; in the Transfer-Learning-Library, issue 267,
 * leaving BatchNorm out of the discriminator was the remedy).
 *
 * Measured on digits, typeset against 100 handwritten ones: 90% at most under `shared`, 99.8% under
 * `separate`, whose discriminator learned the hundred by heart.
 */
export const discriminatorWinning: Rule<StepView, Span> = {
  code: 'discriminator-winning',
  subjects: everyDiscriminator,
  begin: () => beginSpan(1),
  look({ alignments }, subject, memory, run) {
    const said = alignments[subject.term ?? -1];
    const { settings } = termOf(subject, run);
    if (said === undefined || said.weight < LEAST_SHARE * Number(settings['weight'])) return null;
    const [accuracy = 0] = average(memory, STEPS, [said.accuracy]) ?? [];
    if (accuracy <= MOST_ACCURACY) return null;
    return {
      message: `The discriminator of ${termName(subject, run)} takes ${percent(accuracy)} of the images for their own domain's, on average over ${STEPS} steps: the features hide nothing`,
      hint:
        settings['batchNorm'] === true
          ? 'Try it without BatchNorm in the discriminator, raise its weight, or give it fewer units.'
          : 'Raise its weight, give the discriminator fewer units, or align an earlier layer.',
      value: accuracy,
      threshold: MOST_ACCURACY,
    };
  },
};
