import type { Rule } from './rule.ts';
import { phaseOf } from './network.ts';
import { average, beginSpan, type Span } from './span.ts';
import { branchOf, meanOf, type StepView } from './stepView.ts';
import { everyMovingBranch } from './subjects.ts';
import { digits, percent, placeName } from './text.ts';

/** So many looks, one in so many steps, make up a span of 50 steps. */
const LOOKS = 10;
const STEPS_PER_LOOK = 5;
/** What 10 independent values for a channel give: between 8 and 16 images Wu & He see accuracy fall. */
const MOST_NOISE = 0.1;

/**
 * A batch too small for BatchNorm: the squared standard error of the batch mean, averaged over
 * channels and 50 steps, is more than a tenth of the variance that is divided by, so that a tenth of
 * what the layer puts out is noise of the batch. It is 1 / images after a dense layer and less
 * where an image has many pixels (Wu & He, Group normalization, ECCV 2018, fig. 1).
 */
export const batchNoise: Rule<StepView, Span> = {
  code: 'batch-too-small',
  subjects: everyMovingBranch,
  begin: () => beginSpan(1),
  look(view, subject, memory, run) {
    if (view.step % STEPS_PER_LOOK > 0) return null;
    if (phaseOf(run, view.step).statisticsUsed === 'moving') return null;
    const branch = branchOf(view, subject);
    if (branch === undefined) return null;
    const { variance, meanError, images } = branch;
    const noise = meanOf(meanError.map((error, c) => error / variance[c]!));
    const [mean = 0] = average(memory, LOOKS, [noise]) ?? [];
    if (mean <= MOST_NOISE) return null;
    return {
      message: `The ${images} images that ${placeName(subject, run)} normalizes together are too few: ${percent(mean)} of the variance it puts out is noise of the batch, as with ${digits(1 / mean)} independent values`,
      hint: 'Raise batchSize, give the domain more training images, or train with shared statistics.',
      value: mean,
      threshold: MOST_NOISE,
    };
  },
};
