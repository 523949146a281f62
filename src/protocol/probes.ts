import type { RunFile } from './run.ts';
import { phaseAt, phasesOf } from './phases.ts';

/** Of runs of the first versions, which have no probes. */
const PROBE_EVERY = 10;

/**
 * Tells whether a step begins with a look at the domains that are not trained on: every so many
 * steps, and where domains are due to be compared in other ways, too.
 */
export function isProbed({ record }: Pick<RunFile, 'record'>, step: number): boolean {
  const { probeEvery = PROBE_EVERY, channelsEvery, mmdEvery } = record;
  return [probeEvery, channelsEvery, mmdEvery].some((every) => step % every === 0);
}

/**
 * Counts the looks at domains that were not trained on, in which alone they could be compared with
 * others; null where every phase trains on all. `steps` are those taken, once or more each.
 */
export function countProbes(run: RunFile, steps: Iterable<number>): number | null {
  const phases = phasesOf(run);
  const isPartial = (index: number) => (phases[index]?.domains.length ?? 0) < run.domains.length;
  if (!phases.some((_, index) => isPartial(index))) return null;
  return [...new Set(steps)].filter((step) => isProbed(run, step) && isPartial(phaseAt(run, step)))
    .length;
}
