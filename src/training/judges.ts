import type { LoadedDomain } from '../data/domains.ts';
import type { Experiment } from '../experiment/declaration.ts';
import type { RunPhase } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';

/**
 * Returns the domains whose validation chooses a phase's checkpoint: those that `selection` names,
 * or by default those that the phase trains on with labels, only the real ones if there are any.
 * Domains without validation images or known labels cannot judge.
 */
export function judgesOf(
  domains: readonly LoadedDomain[],
  trained: readonly number[],
  selection: readonly string[] | undefined,
): number[] {
  const able = [...domains.keys()].filter((domain) => {
    const { length, labels } = domains[domain]!.parts.validation;
    return length > 0 && labels !== null;
  });
  if (selection !== undefined) {
    return able.filter((domain) => selection.includes(domains[domain]!.name));
  }
  const own = able.filter((domain) => trained.includes(domain) && domains[domain]!.labelled);
  const real = own.filter((domain) => domains[domain]!.kind === 'real');
  return real.length > 0 ? real : own;
}

/**
 * Throws a UserError for a selection that cannot choose, and for early stopping that nothing can
 * trigger: it would be a promise not kept.
 */
export function requireJudges(
  { train: { selection, earlyStopping } }: Experiment,
  phases: readonly RunPhase[],
  domains: readonly LoadedDomain[],
): void {
  for (const { name, judges: ids } of phases) {
    const judges = ids.map((domain) => domains[domain]!.name);
    const unable = selection?.find((chosen) => !judges.includes(chosen));
    if (unable !== undefined) {
      throw new UserError(`train.selection: domain "${unable}" has no labelled validation images`, {
        hint: 'Name domains that have a validation part and labels.',
        field: ['train', 'selection'],
      });
    }
    if (earlyStopping === undefined || judges.length > 0) continue;
    const phase = phases.length > 1 ? ` in phase "${name}"` : '';
    throw new UserError(
      `train.earlyStopping: no domain with labels has a validation part${phase}`,
      {
        hint: 'Give one a validation share in its split, or leave earlyStopping out.',
        field: ['train', 'earlyStopping'],
      },
    );
  }
}
