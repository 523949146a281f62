import type { Rule } from './rule.ts';
import { everyAffine } from './subjects.ts';
import { digits, placeName } from './text.ts';
import { parametersOf, type WeightsView } from './weightsView.ts';

/** A hundredth of what γ begins with by default. */
const LEAST = 0.01;
const MOST_CHANNELS = 0.5;

/**
 * γ that has collapsed: at an epoch's end |γ| < 0.01 in more than half of the channels of a layer
 * in which it once was not so (a layer may begin with γ = 0, Goyal et al. 2017). What such a channel
 * says is lost in β; network slimming prunes channels by this very sign (Liu et al., ICCV 2017).
 */
export const gammaCollapse: Rule<WeightsView, { once: boolean }> = {
  code: 'gamma-collapse',
  subjects: everyAffine,
  begin: () => ({ once: false }),
  look(view, subject, memory, run) {
    const { gamma = null } = parametersOf(view, subject) ?? {};
    if (gamma === null) return null;
    const small = gamma.filter((value) => Math.abs(value) < LEAST).length;
    const share = small / gamma.length;
    if (share <= MOST_CHANNELS) memory.once = true;
    if (!memory.once || share <= MOST_CHANNELS) return null;
    return {
      message: `|γ| of ${placeName(subject, run)} has fallen below ${digits(LEAST)} in ${small} of ${gamma.length} channels, whose activations count no more`,
      hint: 'Spare γ from weight decay and from its regularizer, or lower the learning rate.',
      value: share,
      threshold: MOST_CHANNELS,
    };
  },
};
