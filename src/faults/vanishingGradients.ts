import { phaseOf } from './network.ts';
import type { Rule } from './rule.ts';
import { lasts } from './span.ts';
import { gradientNorm, type StepView } from './stepView.ts';
import { everySite, siteOf } from './subjects.ts';
import { digits } from './text.ts';

const LEAST = 1e-4;
const STEPS = 50;
/** With a loss of so many nats there is something left to learn. */
const LEAST_LOSS = 0.1;

/**
 * A gradient for γ and β whose Euclidean norm is, for 50 steps in succession, less than a
 * ten-thousandth of the largest of all sites in the same step, or 0 although the loss is not.
 * Comparing within a step spares a net that has learned all its images, whose gradients fall
 * together.
 */
export const vanishingGradients: Rule<StepView, { steps: number }> = {
  code: 'vanishing-gradients',
  subjects: (run) => everySite(run).filter((subject) => siteOf(subject, run).trainable),
  begin: () => ({ steps: 0 }),
  look({ step, sites, losses }, subject, memory, run) {
    const own = sites[subject.site ?? -1];
    // Where only some layers are trained, gradients end at the first of them.
    if (own === undefined || phaseOf(run, step).layers !== null) return null;
    const norm = gradientNorm(own);
    const largest = Math.max(...sites.map(gradientNorm));
    const isLost = norm === 0 && [...losses.values()].some((loss) => loss > LEAST_LOSS);
    if (!lasts(memory, STEPS, isLost || norm < LEAST * largest)) return null;
    return {
      message: `The gradient for γ and β of ${siteOf(subject, run).name} has had a norm of ${digits(norm)} for ${STEPS} steps, the largest of all layers ${digits(largest)}: it does not learn`,
      hint: 'Look for what stops the gradient behind it: saturated activations, dead ReLUs, a factor near 0; a shortcut around it helps.',
      value: largest === 0 ? 0 : norm / largest,
      threshold: LEAST,
    };
  },
};
