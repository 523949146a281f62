import { phasesOf } from './phases.ts';
import type { BatchNormState, RunFile, RunPhase } from './run.ts';

/** A phase with its domains by name. */
export interface NamedPhase extends Omit<RunPhase, 'domains' | 'judges'> {
  readonly domains: readonly string[];
  readonly judges: readonly string[];
}

/** Returns a run's phases with their domains by name. */
export function namedPhases(
  run: Pick<RunFile, 'epochs' | 'stepsPerEpoch' | 'phases' | 'domains'>,
): NamedPhase[] {
  const names = (ids: readonly number[]) => ids.map((id) => run.domains[id]?.name ?? '?');
  return phasesOf(run).map(({ domains, judges, ...phase }) => ({
    ...phase,
    domains: names(domains),
    judges: names(judges),
  }));
}

/** Says in a line what a phase is, and each switch of how it treats BatchNorm. */
export function phaseText({
  name,
  domains,
  firstStep,
  steps,
  layers,
  ...state
}: NamedPhase): string {
  const only = layers === null ? '' : `; trains ${layers.join(', ')} only`;
  const span = `from step ${firstStep}, ${steps} steps at most${only}`;
  return `${name} on ${domains.join(', ')} (${span}): ${batchNormText(state)}`;
}

function batchNormText(state: BatchNormState): string {
  return [
    `γ and β ${state.parametersTrained ? 'trained' : 'not trained'}`,
    state.parametersDecayed ? 'decay as declared' : 'no decay',
    `${state.statisticsUsed} statistics used`,
    `moving ones ${state.statisticsUpdated ? 'updated' : 'kept'}`,
  ].join(', ');
}
