import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describeExit } from '../process/forkTrainer.ts';
import { holdLease } from '../process/lease.ts';
import { startTrainer, type TrainerProcess } from '../process/trainerProcess.ts';
import type { TrainerRequest } from '../protocol/trainer.ts';
import { appendControl } from '../runs/control.ts';
import { readWhatIf } from '../runs/whatIf.ts';
import { readRunFile } from '../runs/runFile.ts';
import { readRun, RunTailer } from '../runs/runTailer.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { locateFailure } from './failure.ts';
import { openProgress, type Progress } from './progress.ts';
import { runReport, type RunReport } from './runReport.ts';

/** The run directory is read this often, ms. */
const POLL_MS = 250;

/** Who holds the lease and asks for a stop, in the control file. */
const BY = `bn-lens (process ${process.pid})`;

/** How training in a child process ended. */
export interface Trained {
  /** Null when it was interrupted before the run began. */
  readonly report: RunReport | null;
  readonly exit: ExitCode;
}

/**
 * Trains in a child process and shows progress on stderr. The first interrupt stops the run
 * resumably, the second ends the trainer at once. Throws what the trainer refuses, as a UserError
 * with its place in the experiment where it has one.
 */
export async function trainInChild(
  request: TrainerRequest,
  environment: Environment,
): Promise<Trained> {
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
    const report = runReport(
      run,
      await readRun(run, { tables: ['steps', 'mmd', 'mmdWindows'] }),
      await readWhatIf(run),
      describeExit(exit),
    );
    for (const warning of report.warnings) progress.say(warning);
    const endedAtOnce = interruption.happened && report.reason === 'died';
    return { report, exit: endedAtOnce ? EXIT.interrupted : exitCode(report.reason) };
  } catch (error) {
    if (interruption.happened && interruption.run === undefined) {
      progress.say('Interrupted before the run began.');
      return { report: null, exit: EXIT.interrupted };
    }
    throw await locateFailure(error, () => experimentOf(request), environment.sourceWorker);
  } finally {
    endInterrupts();
    progress.close();
    trainer.kill();
  }
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
