import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeExit } from '../../src/process/forkTrainer.ts';
import { startTrainer, type TrainerProcess } from '../../src/process/trainerProcess.ts';
import type { RunMetrics } from '../../src/protocol/events.ts';
import { UserError, userErrorText } from '../../src/protocol/userError.ts';
import { ListedRun } from '../../src/runs/listedRun.ts';
import type { TrialResult } from './results.ts';
import { settingOf, type StudyTrial } from './trial.ts';

/** Where things are. */
export interface Places {
  /** Path of dist/trainer.js. */
  readonly trainer: string;
  /** Folder of the experiments. */
  readonly experiments: string;
  /** Where runs are while they last. */
  readonly runs: string;
}

/**
 * Trains one run in a child process, with one thread of the embedded engine, and keeps of it what
 * is compared. `started` hears of the process, which it may end.
 */
export async function trainTrial(
  trial: StudyTrial,
  { trainer, experiments, runs }: Places,
  started: (process: TrainerProcess) => void,
): Promise<TrialResult> {
  const { strategy, seed } = trial;
  const experiment = join(experiments, `${settingOf(trial)}.bn.ts`);
  const process = startTrainer({
    trainer,
    request: { type: 'train', experiment, strategy, seed, backend: 'wasm', threads: 1, out: runs },
    detached: false,
  });
  started(process);
  try {
    const directory = await process.ready;
    const exit = await process.exited;
    const { run, flags, summary } = await (await ListedRun.open(directory)).poll();
    await rm(directory, { recursive: true });
    if (summary?.reason !== 'finished') return { failure: summary?.error ?? describeExit(exit) };
    return {
      run: {
        strategy,
        seed,
        domains: run.domains.map(({ name, kind }) => ({ name, kind })),
        ...(run.oracle && { oracle: true }),
      },
      flags: flags.map(({ handling }) => ({ handling })),
      summary: { stepMs: summary.stepMs, metrics: comparedParts(summary.metrics) },
      steps: summary.step,
    };
  } catch (error) {
    return { failure: error instanceof UserError ? userErrorText(error) : String(error) };
  }
}

/** Leaves out what was measured on training images. */
function comparedParts(metrics: RunMetrics): RunMetrics {
  return Object.fromEntries(
    Object.entries(metrics).map(([domain, { validation, test }]) => [
      domain,
      { ...(validation && { validation }), ...(test && { test }) },
    ]),
  );
}
