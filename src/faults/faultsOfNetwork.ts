import type { FaultEvent } from '../protocol/faults.ts';
import { biasBeforeNorm } from './biasBeforeNorm.ts';
import { dropoutBeforeNorm } from './dropoutBeforeNorm.ts';
import { frozenStatistics } from './frozenStatistics.ts';
import { initialStatistics } from './initialStatistics.ts';
import type { WatchedRun } from './network.ts';
import { oracleSelection } from './oracleSelection.ts';
import { redundantBeta } from './redundantBeta.ts';
import { Watch } from './rule.ts';
import { unequalBranches } from './unequalBranches.ts';

const RULES = [
  dropoutBeforeNorm,
  frozenStatistics,
  initialStatistics,
  unequalBranches,
  biasBeforeNorm,
  redundantBeta,
  oracleSelection,
];

/** Returns the faults that are known before the first step. */
export function faultsOfNetwork(run: WatchedRun): FaultEvent[] {
  return new Watch(RULES, run).look(0, null);
}
