import { resolve } from 'node:path';
import type { TrainerRequest } from '../protocol/trainer.ts';
import { UserError } from '../protocol/userError.ts';
import { projectRoot } from '../runs/paths.ts';
import { findRun } from '../runs/runCatalog.ts';
import type { Environment, ExitCode } from './environment.ts';
import { reportInterrupt } from './failure.ts';
import { currentProject } from './project.ts';
import { describeReport } from './reportText.ts';
import { trainInChild } from './trainInChild.ts';
import { trainRequest, type TrainingOptions } from './trainRequest.ts';

/** Options of `bn-lens train`. */
export interface TrainOptions extends TrainingOptions {
  readonly strategy: string;
  readonly seed: number;
  readonly resume?: string;
}

/** Trains an experiment, or resumes a run; the report goes to stdout. */
export async function train(
  file: string | undefined,
  options: TrainOptions,
  environment: Environment,
): Promise<ExitCode> {
  const { cwd, stdout } = environment;
  const request = await requestFor(file, options, cwd);
  const { report, exit } = await trainInChild(request, environment);
  const { json = false } = options;
  if (report === null) return reportInterrupt(json, environment);
  stdout.write(json ? `${JSON.stringify(report)}\n` : describeReport(report, cwd));
  return exit;
}

async function requestFor(
  file: string | undefined,
  options: TrainOptions,
  cwd: string,
): Promise<TrainerRequest> {
  const { backend, threads, resume } = options;
  if (resume !== undefined) {
    const root = file === undefined ? currentProject(cwd) : projectRoot(resolve(cwd, file));
    const run = await findRun(root, resume);
    return { type: 'resume', run, backend, ...(threads !== undefined && { threads }) };
  }
  if (file === undefined) {
    throw new UserError('Nothing to train.', {
      hint: 'Name an experiment file, or a run with --resume.',
    });
  }
  return trainRequest(file, options, options, cwd);
}
