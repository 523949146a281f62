import { median } from '../stats/median.ts';
import type { Rule } from './rule.ts';
import { phaseOf, updatingSteps } from './network.ts';
import { average, beginSpan, type Span } from './span.ts';
import { branchOf, type BranchView, type StepView } from './stepView.ts';
import { everyMovingBranch, siteOf } from './subjects.ts';
import { digits, placeName } from './text.ts';

/** So many looks, one in so many steps, make up a span of 50 steps. */
const LOOKS = 10;
const STEPS_PER_LOOK = 5;
/** From here on what the statistics began with no longer counts; before, another rule speaks. */
const INITIAL_LEFT = 0.01;
const MOST_SKEW = 1;

/**
 * Running statistics that trail behind activations which move faster than momentum lets them follow:
 * over 50 steps (running mean − batch mean) / batch deviation, or ln(running deviation / batch
 * deviation), exceeds 1 in the typical channel, the error of the batch statistics taken off. At test
 * the layer is off by this much.
 *
 * Measured on digits with momentum 0.9 and 0.99, AdamW 2e-3 and SGD 0.1: 0.02 to 0.2 in most layers,
 * 0.47 at most.
 */
export const statisticsLag: Rule<StepView, Span> = {
  code: 'statistics-lag',
  subjects: everyMovingBranch,
  begin: () => beginSpan(2),
  look(view, subject, memory, run) {
    const { momentum } = siteOf(subject, run);
    if (view.step % STEPS_PER_LOOK > 0) return null;
    if (momentum ** updatingSteps(run, view.step) > INITIAL_LEFT) return null;
    // Statistics that are to stay do not lag.
    if (!phaseOf(run, view.step).statisticsUpdated) return null;
    const branch = branchOf(view, subject);
    if (branch === undefined) return null;
    const averages = average(memory, LOOKS, squaredSkews(branch));
    if (averages === null) return null;
    const [mean = 0, deviation = 0] = averages.map((square) => Math.sqrt(Math.max(0, square)));
    const skew = Math.max(mean, deviation);
    if (skew <= MOST_SKEW) return null;
    return {
      message: `The running statistics of ${placeName(subject, run)} are not what its batches are: the means differ by ${digits(mean)} deviations, the deviations by a factor of ${digits(Math.exp(deviation))}, on average over ${LOOKS * STEPS_PER_LOOK} steps`,
      hint: `Lower the momentum of ${digits(momentum)}, or the learning rate: the activations move faster than the statistics follow.`,
      value: skew,
      threshold: MOST_SKEW,
    };
  },
};

/**
 * Returns the medians over channels of what the squared skews exceed the squared errors of the batch
 * by. Medians, because a single channel that hardly varies has skews without bounds.
 */
function squaredSkews({ mean, variance, meanError, logVarianceError, running }: BranchView) {
  const means: number[] = [];
  const deviations: number[] = [];
  for (let c = 0; c < variance.length; c++) {
    const used = running.variance[c]!;
    if (variance[c] === 0 || used <= 0) continue;
    means.push(((running.mean[c]! - mean[c]!) ** 2 - meanError[c]!) / variance[c]!);
    deviations.push((Math.log(used / variance[c]!) ** 2 - logVarianceError[c]!) / 4);
  }
  return [median(means), median(deviations)];
}
