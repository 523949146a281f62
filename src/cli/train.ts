import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { holdLease } from '../process/lease.ts';
import { describeExit } from '../process/forkTrainer.ts';
import { startTrainer, type TrainerProcess } from '../process/trainerProcess.ts';
import type { BackendChoice, TrainerRequest } from '../protocol/trainer.ts';
import { UserError } from '../protocol/userError.ts';
import { appendControl } from '../runs/control.ts';
import { projectRoot } from '../runs/paths.ts';
import { findRun } from '../runs/runCatalog.ts';
import { readRunFile } from '../runs/runFile.ts';
import { readRun, RunTailer } from '../runs/runTailer.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { locateFailure } from './failure.ts';
import { openProgress, type Progress } from './progress.ts';
import { currentProject } from './project.ts';
import { describeReport } from './reportText.ts';
import { runReport, type RunReport } from './runReport.ts';

/** Options of `bn-lens train`. */
export interface TrainOptions {
  readonly strategy: string;
  readonly seed: number;
  readonly epochs?: number;
  readonly backend: BackendChoice;
  readonly threads?: number;
  readonly out?: string;
  readonly resume?: string;
  readonly json?: boolean;
}

/** The run directory is read this often, ms. */
const POLL_MS = 250;

/** Who holds the lease and asks for a stop, in the control file. */
const BY = `bn-lens train (process ${process.pid})`;

/**
 * Trains an experiment, or resumes a run, in a child process: progress goes to stderr, the report
 * to stdout. The first interrupt stops the run resumably, the second ends the trainer at once.
 */
export async function train(
  file: string | undefined,
  options: TrainOptions,
  environment: Environment,
): Promise<ExitCode> {
  const request = await requestFor(file, options, environment.cwd);
  const progress = openProgress(environment.stderr);
  const trainer = startTrainer({
    trainer: environment.trainer,
    request,
    detached: false,
    onLog: ({ text }) => {
      progress.say(text);
    },
  });
  const interruption = new Interruption(trainer, progress);
  const endInterrupts = environment.onInterrupt(() => {
    interruption.interrupt();
  });
  try {
    const run = await trainer.ready;
    interruption.run = run;
    await follow(run, trainer, progress);
    const exit = await trainer.exited;
    const report = runReport(run, await readRun(run, { tables: ['steps'] }), describeExit(exit));
    environment.stdout.write(
      options.json === true
        ? `${JSON.stringify(report)}\n`
        : describeReport(report, environment.cwd),
    );
    const endedAtOnce = interruption.happened && report.reason === 'died';
    return endedAtOnce ? EXIT.interrupted : exitCode(report.reason);
  } catch (error) {
    if (interruption.happened && interruption.run === undefined) {
      progress.say('Interrupted before the run began.');
      return EXIT.interrupted;
    }
    throw await locateFailure(error, () => experimentOf(request), environment.sourceWorker);
  } finally {
    endInterrupts();
    progress.close();
    trainer.kill();
  }
}

async function requestFor(
  file: string | undefined,
  options: TrainOptions,
  cwd: string,
): Promise<TrainerRequest> {
  const { strategy, seed, epochs, backend, threads, out, resume } = options;
  const engine = { backend, ...(threads !== undefined && { threads }) };
  if (resume !== undefined) {
    const root = file === undefined ? currentProject(cwd) : projectRoot(resolve(cwd, file));
    return { type: 'resume', run: await findRun(root, resume), ...engine };
  }
  if (file === undefined) {
    throw new UserError('Nothing to train.', {
      hint: 'Name an experiment file, or a run with --resume.',
    });
  }
  return {
    type: 'train',
    experiment: resolve(cwd, file),
    strategy,
    seed,
    ...engine,
    ...(epochs !== undefined && { epochs }),
    ...(out !== undefined && { out: resolve(cwd, out) }),
  };
}

/** Names the experiment's file, absolute. */
async function experimentOf(request: TrainerRequest): Promise<string> {
  if (request.type === 'train') return request.experiment;
  const { root, experiment } = await readRunFile(request.run);
  return resolve(request.run, root, experiment);
}

/** Shows a run's progress until its trainer has ended. */
async function follow(run: string, trainer: TrainerProcess, progress: Progress): Promise<void> {
  const lease = holdLease(run, BY, (error) => {
    progress.say(`The run's lease could not be renewed: ${String(error)}`);
  });
  const ended = trainer.exited.then(() => true);
  try {
    const tailer = new RunTailer(run, { tables: ['steps'] });
    do progress.update(await tailer.poll());
    while (!(await Promise.race([ended, setTimeout(POLL_MS, false)])));
    progress.update(await tailer.poll());
  } finally {
    lease.dispose();
    progress.close();
  }
}

/** What an interrupt does: before the run exists it ends the trainer, then it asks it to stop. */
class Interruption {
  run: string | undefined;
  #count = 0;

  constructor(
    private readonly trainer: TrainerProcess,
    private readonly progress: Progress,
  ) {}

  get happened(): boolean {
    return this.#count > 0;
  }

  interrupt(): void {
    this.#count++;
    if (this.run === undefined || this.#count > 1) {
      this.trainer.kill();
      return;
    }
    this.progress.say('Stopping after this step; once more to end at once.');
    appendControl(this.run, { type: 'stop', by: BY }).catch((error: unknown) => {
      this.progress.say(`The run could not be asked to stop: ${String(error)}`);
      this.trainer.kill();
    });
  }
}

function exitCode(reason: RunReport['reason']): ExitCode {
  switch (reason) {
    case 'finished':
      return EXIT.done;
    case 'stopped':
    case 'lease':
      return EXIT.interrupted;
    case 'failed':
    case 'died':
      return EXIT.failed;
  }
}
