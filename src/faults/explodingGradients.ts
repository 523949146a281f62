import type { Rule } from './rule.ts';
import { lasts } from './span.ts';
import { gradientNorm, type StepView } from './stepView.ts';
import { everySite, siteOf } from './subjects.ts';
import { digits } from './text.ts';

/** A hundred times the norms to which gradients are usually clipped (Pascanu et al. 2013: 1 to 10). */
const MOST = 1e3;
const STEPS = 3;

/**
 * A gradient for γ and β whose Euclidean norm exceeds 1,000 for 3 steps in succession. That of a
 * mean cross-entropy is of the order of 1.
 */
export const explodingGradients: Rule<StepView, { steps: number }> = {
  code: 'exploding-gradients',
  subjects: everySite,
  begin: () => ({ steps: 0 }),
  look({ sites }, subject, memory, run) {
    const norm = gradientNorm(sites[subject.site ?? -1]);
    if (!lasts(memory, STEPS, norm > MOST)) return null;
    return {
      message: `The gradient for γ and β of ${siteOf(subject, run).name} has a norm of ${digits(norm)}, and more than ${digits(MOST)} for ${STEPS} steps`,
      hint: 'Lower the learning rate, or clip gradients with clipNorm.',
      value: norm,
      threshold: MOST,
    };
  },
};
