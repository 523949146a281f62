import type { Rule } from './rule.ts';
import { everyKeepingSite, siteOf } from './subjects.ts';
import { percent } from './text.ts';

/**
 * Dropout before BatchNorm, with no other BatchNorm between.
 *
 * Dropout scales what it keeps by 1 / (1 − rate), which keeps the mean but not the variance: that
 * of the training batches, which the running statistics collect, is up to 1 / (1 − rate) times what
 * arrives at test (Li et al., Understanding the disharmony between dropout and batch normalization
 * by variance shift, CVPR 2019).
 */
export const dropoutBeforeNorm: Rule<null> = {
  code: 'dropout-before-norm',
  subjects: everyKeepingSite,
  begin: () => null,
  look(_view, subject, _memory, run) {
    const { name, dropoutBefore } = siteOf(subject, run);
    if (dropoutBefore.length === 0) return null;
    const layers = dropoutBefore.map((layer) => `${layer.name} (${percent(layer.rate)})`);
    return {
      message: `${name} learns its variance behind the dropout of ${layers.join(', ')}, which is off at test, where the variance is another`,
      hint: 'Move dropout behind the last BatchNorm layer (Li et al. 2019).',
      value: Math.max(...dropoutBefore.map(({ rate }) => rate)),
      threshold: 0,
    };
  },
};
