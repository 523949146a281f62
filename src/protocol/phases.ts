import type { RunFile, RunPhase } from './run.ts';

/** What is needed of a run; of its domains only how many there are. */
type PhasedRun = Pick<RunFile, 'epochs' | 'stepsPerEpoch' | 'phases'> & {
  readonly domains: readonly unknown[];
};

/** Returns a run's phases; a run that does not say them has one of all domains. */
export function phasesOf({
  epochs,
  stepsPerEpoch,
  domains,
  phases,
}: PhasedRun): readonly RunPhase[] {
  if (phases !== undefined) return phases;
  const all = [...domains.keys()];
  return [
    {
      name: 'joint',
      domains: all,
      firstStep: 1,
      steps: epochs * stepsPerEpoch,
      epochs,
      stepsPerEpoch,
      layers: null,
      rateFactor: 1,
      judges: all,
      parametersTrained: true,
      parametersDecayed: true,
      statisticsUsed: 'batch',
      statisticsUpdated: true,
    },
  ];
}

/** Returns the number of the last step of a run none of whose phases stops early. */
export function totalStepsOf(run: PhasedRun): number {
  const { firstStep, steps } = phasesOf(run).at(-1)!;
  return firstStep + steps - 1;
}

/** Returns the number of epochs of a run none of whose phases stops early. */
export function totalEpochsOf(run: PhasedRun): number {
  return phasesOf(run).reduce((sum, { epochs }) => sum + epochs, 0);
}

/** Returns the index of the phase that a step, from 1, belongs to. */
export function phaseAt(run: PhasedRun, step: number): number {
  return Math.max(
    0,
    phasesOf(run).findLastIndex(({ firstStep }) => firstStep <= step),
  );
}

/** Counts the epochs that are over, those that were left out included, when a step, from 0, is. */
export function epochsOver(run: PhasedRun, step: number): number {
  const phases = phasesOf(run);
  const index = phaseAt(run, step);
  const { firstStep, stepsPerEpoch } = phases[index]!;
  const before = phases.slice(0, index).reduce((sum, { epochs }) => sum + epochs, 0);
  return before + Math.floor(Math.max(0, step - firstStep + 1) / stepsPerEpoch);
}

/** Returns the number, from 1, of the epoch that a step, from 1, belongs to. */
export function epochAt(run: PhasedRun, step: number): number {
  return epochsOver(run, step - 1) + 1;
}
