import type { Rule } from './rule.ts';
import { everyKeepingSite, siteOf } from './subjects.ts';

/**
 * A dense or convolutional layer with a bias directly before BatchNorm, pooling and reshaping aside.
 *
 * Subtracting the mean takes any constant of a channel out again (Ioffe & Szegedy 2015, 3.2), so
 * the bias changes nothing, and its gradient is zero up to rounding.
 */
export const biasBeforeNorm: Rule<null> = {
  code: 'bias-before-norm',
  subjects: everyKeepingSite,
  begin: () => null,
  look(_view, subject, _memory, run) {
    const { name, biasedBefore } = siteOf(subject, run);
    if (biasedBefore.length === 0) return null;
    const layers = biasedBefore.map((layer) => layer.name).join(', ');
    return {
      message: `${name} subtracts the mean, and with it the bias of ${layers} before it`,
      hint: `Give ${layers} useBias: false; β of ${name} does its work.`,
    };
  },
};
