import { isOracle } from '../protocol/oracle.ts';
import type { Rule } from './rule.ts';
import { domainName } from './text.ts';

/**
 * Validation labels choose the checkpoint or stop training early where not even so many may be
 * trained on: in use there would be none, so what such a run reaches says what is possible with an
 * oracle's help (Gulrajani & Lopez-Paz, ICLR 2021, section 3).
 */
export const oracleSelection: Rule<null> = {
  code: 'oracle-selection',
  subjects: ({ phases }) =>
    [...new Set(phases.flatMap(({ judges }) => judges))].map((domain) => ({ domain })),
  begin: () => null,
  look(_view, { domain }, _memory, run) {
    const judge = run.domains[domain ?? -1];
    if (judge === undefined || !isOracle(judge)) return null;
    const name = domainName(domain, run);
    const { images, trainLabels = 0 } = judge;
    const may = trainLabels === 0 ? 'no label' : `only ${trainLabels}`;
    return {
      message: `${images.validation} validation labels of ${name} choose the checkpoint, though ${may} of ${name} may be trained on: what this run reaches is an oracle's`,
      hint: `Leave ${name} out of train.selection, or let no more images validate than labels may be trained on.`,
    };
  },
};
