import type { Rule } from './rule.ts';
import { everySite, siteOf } from './subjects.ts';

/**
 * BatchNorm whose β is followed by nothing but dense layers with a bias, pooling and reshaping
 * aside: W(γx̂ + β) + b = Wγx̂ + (Wβ + b), so that b can say all that β says.
 */
export const redundantBeta: Rule<null> = {
  code: 'redundant-beta',
  subjects: everySite,
  begin: () => null,
  look(_view, subject, _memory, run) {
    const { name, biasedAfter } = siteOf(subject, run);
    if (biasedAfter.length === 0) return null;
    const layers = biasedAfter.map((layer) => layer.name).join(', ');
    return {
      message: `β of ${name} and the bias of ${layers} after it do the same, as nothing nonlinear stands between`,
      hint: `Put the activation that may be missing between them, or give ${name} center: false.`,
    };
  },
};
