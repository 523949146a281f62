import { resolve } from 'node:path';
import { startBackend } from '../engine/startBackend.ts';
import { UserError } from '../protocol/userError.ts';
import { readCheckpoint } from '../runs/checkpoint.ts';
import { readRun } from '../runs/runTailer.ts';
import { refuseChanges } from '../training/describeRun.ts';
import { assignWeights } from '../training/modelWeights.ts';
import {
  prepareExperiment,
  type PreparedExperiment,
  type PrepareEnvironment,
} from '../training/prepare.ts';
import { SeededMath } from '../training/seededMath.ts';

/** What the composition root gives an analysis. */
export interface AnalysisEnvironment extends PrepareEnvironment {
  /** Where the native backend is installed if it is. */
  readonly nativeFolder: string;
}

/** A run's experiment with its data opened, and its model with the weights that validation chose. */
export interface OpenedRun extends PreparedExperiment {
  /** Name of the run. */
  readonly name: string;
  /** Step of the chosen checkpoint. */
  readonly step: number;
  /** The run directory. */
  readonly directory: string;
  /** By domain, the files of the weights that it was tested with, where these were adapted to it. */
  readonly adapted: ReadonlyMap<number, string>;
}

/**
 * Opens the run in a directory, on the fastest backend there is.
 * @throws UserError if the experiment or its data have changed, or if no epoch was completed.
 */
export async function openRun(
  directory: string,
  environment: AnalysisEnvironment,
): Promise<OpenedRun> {
  const { run, events } = await readRun(directory, { tables: [] });
  const chosen = events.findLast((event) => event.type === 'checkpoint' && event.best);
  if (chosen?.type !== 'checkpoint') {
    throw new UserError(`run ${run.name} ended before its first epoch was complete`, {
      hint: 'Resume it, or name another run: there are no weights that validation chose.',
    });
  }
  const { assets: wasmDirectory, nativeFolder } = environment;
  await startBackend('auto', { wasmDirectory, nativeFolder });
  const prepared = await prepareExperiment(
    resolve(directory, run.root, run.experiment),
    run.strategy,
    new SeededMath(run.seed),
    environment,
  );
  refuseChanges(run, prepared);
  loadWeights(prepared, directory, chosen.file);
  const adapted = new Map(
    events.flatMap((event) =>
      event.type === 'adaptation' ? [[event.domain, event.file] as const] : [],
    ),
  );
  return { ...prepared, name: run.name, step: chosen.step, directory, adapted };
}

/** Puts the weights of a run's file into its model. */
export function loadWeights(
  { model }: Pick<PreparedExperiment, 'model'>,
  directory: string,
  file: string,
): void {
  assignWeights(model.weights, readCheckpoint(directory, file).arrays, file);
}
