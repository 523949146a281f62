import type { Rule } from './rule.ts';
import { lasts } from './span.ts';
import { branchOf, meanOf, type StepView } from './stepView.ts';
import { everyBranch } from './subjects.ts';
import { digits, placeName } from './text.ts';

const MOST_TIMES = 1e4;
const STEPS = 10;

/**
 * Activations before BatchNorm whose variance, averaged over channels, is 10,000 times that of the
 * first step, the untrained net's, for 10 steps in succession.
 *
 * BatchNorm divides the growth away, so that nothing else shows it until float32 overflows; but the
 * gradient for weights before it shrinks with their size (van Laarhoven, L2 regularization versus
 * batch and weight normalization, 2017).
 */
export const explodingActivations: Rule<StepView, { first: number | null; steps: number }> = {
  code: 'exploding-activations',
  subjects: everyBranch,
  begin: () => ({ first: null, steps: 0 }),
  look(view, subject, memory, run) {
    const branch = branchOf(view, subject);
    if (branch === undefined) return null;
    const variance = meanOf(branch.variance);
    // Not of a blank batch.
    if (memory.first === null && variance > 0) memory.first = variance;
    const times = memory.first === null ? 0 : variance / memory.first;
    if (!lasts(memory, STEPS, times > MOST_TIMES)) return null;
    return {
      message: `The input of ${placeName(subject, run)} has grown to a variance of ${digits(variance)}, ${digits(times)} times that of the first step`,
      hint: 'Lower the learning rate or add weight decay: the weights before the layer grow without bound.',
      value: times,
      threshold: MOST_TIMES,
    };
  },
};
