import type { Advice } from '../protocol/advice.ts';
import type { RunEvent } from '../protocol/events.ts';
import type { TableRow } from '../protocol/tables.ts';
import type { RunFile } from '../protocol/run.ts';
import { readStrategyName } from '../protocol/strategyName.ts';
import { UserError } from '../protocol/userError.ts';
import type { WhatIfReport } from '../protocol/whatIf.ts';
import { factsOf } from './facts.ts';
import { RULES } from './rules.ts';

/**
 * Says which strategies to try after a run and why, from what it measured and nothing else: none for
 * a run that is not finished, or in which nothing speaks for another one. Each strategy comes once,
 * with the first reason for it, and is one that this version has.
 *
 * @param events - the run's valid events.
 * @param mmd - its latest estimate of each site and pair.
 * @param whatIf - what other statistics would give, if that was measured.
 */
export function advise(
  run: RunFile,
  events: readonly RunEvent[],
  mmd: readonly TableRow<'mmd'>[],
  whatIf: WhatIfReport | null,
): Advice[] {
  // A run of another version may have a strategy that this one does not know.
  if (canonicalName(run.strategy) === null) return [];
  const facts = factsOf(run, events, mmd, whatIf);
  if (facts === null) return [];
  const advice = new Map<string, Advice>();
  for (const rule of RULES) {
    for (const target of facts.targets) {
      const proposal = rule(target, facts);
      if (proposal === null) continue;
      const strategy = canonicalName(proposal.names.join('+'));
      if (strategy === null || strategy === facts.strategy.name || advice.has(strategy)) continue;
      const { reason, source } = proposal;
      advice.set(strategy, { strategy, reason, source });
    }
  }
  return [...advice.values()];
}

/** Writes a strategy's name in the order of the axes; null if there is no such strategy. */
function canonicalName(text: string): string | null {
  try {
    return readStrategyName(text).name;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
