import type { Rule } from './rule.ts';
import { everyKeepingSite, siteOf } from './subjects.ts';

/**
 * BatchNorm that still moves its statistics although training changes none of the weights before it:
 * freezing the other layers alone does not freeze it (AdaptSegNet#79, keras#4762).
 */
export const frozenStatistics: Rule<null> = {
  code: 'frozen-statistics-move',
  subjects: everyKeepingSite,
  begin: () => null,
  look(_view, subject, _memory, run) {
    const { name, frozen, frozenBefore } = siteOf(subject, run);
    if (frozen || !frozenBefore) return null;
    return {
      message: `All weights before ${name} are frozen, but its own statistics still move and it normalizes with each batch's`,
      hint: `Give ${name} trainable: false too; leave it if adapting it is what you want.`,
    };
  },
};
