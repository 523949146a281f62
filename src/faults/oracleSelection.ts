import type { Rule } from './rule.ts';
import { domainName } from './text.ts';

/**
 * Validation labels that may not be trained on choose the checkpoint or stop training early: in use
 * there would be none, so what such a run reaches says what is possible with an oracle's help
 * (Gulrajani & Lopez-Paz, ICLR 2021, section 3).
 */
export const oracleSelection: Rule<null> = {
  code: 'oracle-selection',
  subjects: ({ phases }) =>
    [...new Set(phases.flatMap(({ judges }) => judges))].map((domain) => ({ domain })),
  begin: () => null,
  look(_view, { domain }, _memory, run) {
    if (run.domains[domain ?? -1]?.labelled !== false) return null;
    const name = domainName(domain, run);
    return {
      message: `Validation labels of ${name} choose the checkpoint, though no label of ${name} may be trained on: what this run reaches is an oracle's`,
      hint: `Leave ${name} out of train.selection, or let some of its labels be trained on.`,
    };
  },
};
