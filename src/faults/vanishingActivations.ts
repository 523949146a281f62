import type { Rule } from './rule.ts';
import { lasts } from './span.ts';
import { branchOf, meanOf, type StepView } from './stepView.ts';
import { everyBranch, siteOf } from './subjects.ts';
import { digits, placeName } from './text.ts';

/** A tenth of ε leaves √(0.1 / 1.1) = 0.3 of the deviation 1 that normalizing promises. */
const LEAST_OF_EPSILON = 0.1;
const STEPS = 20;

/**
 * Activations before BatchNorm whose variance, averaged over channels, is less than a tenth of the ε
 * that the layer adds to it, for 20 steps in succession: y = (x − μ) / √(σ² + ε) then has a
 * deviation below 0.3, and the layer no longer normalizes. Images scaled twice are a common cause.
 */
export const vanishingActivations: Rule<StepView, { steps: number }> = {
  code: 'vanishing-activations',
  subjects: everyBranch,
  begin: () => ({ steps: 0 }),
  look(view, subject, memory, run) {
    const branch = branchOf(view, subject);
    if (branch === undefined) return null;
    const { epsilon } = siteOf(subject, run);
    const variance = meanOf(branch.variance);
    const share = variance / epsilon;
    // Without any variance the channels are dead, of which another rule speaks.
    if (!lasts(memory, STEPS, share > 0 && share < LEAST_OF_EPSILON)) return null;
    return {
      message: `The input of ${placeName(subject, run)} has a variance of ${digits(variance)}, less than the epsilon of ${digits(epsilon)} that the layer adds to it, and stays small`,
      hint: 'Check that the images are not rescaled twice and that the weights before the layer are not all near 0; or lower its epsilon.',
      value: share,
      threshold: LEAST_OF_EPSILON,
    };
  },
};
