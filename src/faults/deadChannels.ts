import type { Rule } from './rule.ts';
import type { StepView } from './stepView.ts';
import { everySite, siteOf } from './subjects.ts';

const STEPS = 50;
export const MOST_DEAD = 0.25;

/**
 * A quarter or more of the channels that reach a site with the same value in every pixel of every
 * image of 50 steps in succession: most often filters whose ReLU never opens (Lu et al., Dying ReLU
 * and initialization, 2019).
 *
 * Nets are born with a few: of 800 fresh layers of 8 filters of 3 × 3 before ReLU, 11 had one that no
 * patch of the example's digits opens, none had two.
 */
export const deadChannels: Rule<StepView, { steps: number[] }> = {
  code: 'dead-channels',
  subjects: everySite,
  begin: () => ({ steps: [] }),
  look({ sites }, subject, { steps }, run) {
    const view = sites[subject.site ?? -1];
    if (view === undefined) return null;
    const channels = view.branches[0]?.variance.length ?? 0;
    let dead = 0;
    for (let c = 0; c < channels; c++) {
      let varies = false;
      for (const { variance } of view.branches) varies ||= variance[c] !== 0;
      steps[c] = varies ? 0 : (steps[c] ?? 0) + 1;
      if (steps[c]! >= STEPS) dead++;
    }
    if (dead < MOST_DEAD * channels) return null;
    return {
      message: `${dead} of the ${channels} channels that reach ${siteOf(subject, run).name} have not varied for ${STEPS} steps`,
      hint: DEAD_HINT,
      value: dead / channels,
      threshold: MOST_DEAD,
    };
  },
};

export const DEAD_HINT =
  'If ReLU shut them, lower the learning rate or use tf.layers.leakyReLU; a channel that is blank in every image carries nothing and can go.';
