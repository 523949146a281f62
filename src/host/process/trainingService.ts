import { basename } from 'node:path';
import * as vscode from 'vscode';
import { describeExit } from '../../process/forkTrainer.ts';
import { startTrainer, type TrainerProcess } from '../../process/trainerProcess.ts';
import type { TrainerRequest } from '../../protocol/trainer.ts';
import { UserError } from '../../protocol/userError.ts';
import type { RunEntry } from '../runs/runStore.ts';
import { experimentUri, runTitle } from '../runs/runText.ts';
import { setting } from '../settings.ts';
import type { ExperimentProblems } from './experimentProblems.ts';
import { pickExperiment } from './pickExperiment.ts';
import { pickStrategy } from './pickStrategy.ts';
import { requireTrust } from './requireTrust.ts';
import { saveOpenFiles } from './saveOpenFiles.ts';

const LAST_EXPERIMENT = 'lastExperiment';
const LAST_STRATEGY = 'lastStrategy';

/** What training needs of the rest of the extension. */
export interface TrainingServices {
  /** Path of dist/trainer.js. */
  readonly trainer: string;
  readonly log: vscode.LogOutputChannel;
  readonly memento: vscode.Memento;
  readonly problems: ExperimentProblems;
  /** Takes over a run that has begun. */
  readonly began: (directory: string) => Promise<void>;
  /** Reports a failure, in the experiment where it has a place there. */
  readonly report: (error: unknown, experiment: vscode.Uri) => Promise<void>;
}

/** Starts trainers: processes of their own that a reloaded or closed window leaves running. */
export class TrainingService {
  constructor(private readonly services: TrainingServices) {}

  /** Trains an experiment with a strategy; the user picks whichever is not given. */
  async train(resource: vscode.Uri | undefined, named: string | undefined): Promise<void> {
    requireTrust(vscode.l10n.t('Training runs code of this workspace'));
    const { memento } = this.services;
    const experiment = resource ?? (await pickExperiment(memento.get(LAST_EXPERIMENT)));
    if (experiment === undefined) return;
    if (experiment.scheme !== 'file') {
      throw new UserError(
        vscode.l10n.t('Only an experiment that is saved to disk can be trained.'),
      );
    }
    const strategy = named ?? (await pickStrategy(memento.get(LAST_STRATEGY)));
    if (strategy === undefined) return;
    await memento.update(LAST_EXPERIMENT, experiment.toString());
    await memento.update(LAST_STRATEGY, strategy);
    // The trainer reads files, and the experiment may import any that is open here.
    await saveOpenFiles();
    const title = vscode.l10n.t('Starting {0} with {1}', basename(experiment.fsPath), strategy);
    await this.#start(title, experiment, {
      type: 'train',
      experiment: experiment.fsPath,
      strategy,
      seed: setting('bnLens.training.seed', experiment),
      backend: setting('bnLens.training.backend', experiment),
    });
  }

  /** Goes on with a stopped or died run from its last checkpoint. */
  async resume(entry: RunEntry): Promise<void> {
    requireTrust(vscode.l10n.t('Training runs code of this workspace'));
    const experiment = experimentUri(entry);
    await this.#start(vscode.l10n.t('Resuming {0}', runTitle(entry)), experiment, {
      type: 'resume',
      run: entry.directory,
      backend: setting('bnLens.training.backend', experiment),
    });
  }

  async #start(title: string, experiment: vscode.Uri, request: TrainerRequest): Promise<void> {
    const { trainer, log, problems, began, report } = this.services;
    log.info(title);
    const process = startTrainer({
      trainer,
      request,
      detached: true,
      onLog: ({ level, text }) => {
        log[level](text);
      },
    });
    void process.exited.then((exit) => {
      if (exit.code !== 0) log.error(`${title}: ${describeExit(exit)}`);
    });
    try {
      const directory = await readyOrCancelled(title, process);
      if (directory === undefined) return;
      problems.clear(experiment);
      await began(directory);
    } catch (error) {
      await report(error, experiment);
    }
  }
}

/** Waits for the run to begin; undefined when the user cancels, which ends the process. */
function readyOrCancelled(title: string, process: TrainerProcess): Thenable<string | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
  return vscode.window.withProgress(options, async (_progress, token) => {
    const cancelled = new Promise<undefined>((resolve) => {
      token.onCancellationRequested(() => {
        process.kill();
        resolve(undefined);
      });
    });
    return await Promise.race([process.ready, cancelled]);
  });
}
