import { resolve } from 'node:path';
import { readStrategyName } from '../protocol/strategyName.ts';
import { UserError } from '../protocol/userError.ts';
import { compareRuns, realTest } from '../runs/comparison.ts';
import { dataChange } from '../runs/dataChange.ts';
import { ListedRun, type RunOverview } from '../runs/listedRun.ts';
import { analyze } from './analyze.ts';
import { describeComparison, type Comparison, type Trial } from './compareText.ts';
import { EXIT, type Environment, type ExitCode } from './environment.ts';
import { describeUserError, reportInterrupt } from './failure.ts';
import { trainInChild } from './trainInChild.ts';
import { trainRequest, type TrainingOptions, type TrainRequest } from './trainRequest.ts';

/** Options of `bn-lens compare`. */
export interface CompareOptions extends TrainingOptions {
  readonly strategies: readonly string[];
  readonly seeds: number;
}

/** A trial, and what is known of it besides. */
interface Outcome {
  readonly trial: Trial;
  /** Of a run that finished. */
  readonly overview?: RunOverview;
}

type StrategyAndSeed = Pick<TrainRequest, 'strategy' | 'seed'>;

/**
 * Trains every strategy with every seed, one after the other, and prints one table of what they
 * came to. What any of them would be refused for is found before the first one. A run that fails does not keep the others from being trained; an interrupt does, and
 * leaves its run resumable.
 */
export async function compare(
  file: string,
  options: CompareOptions,
  environment: Environment,
): Promise<ExitCode> {
  const { cwd, stdout } = environment;
  const strategies = canonicalNames(options.strategies);
  const experiment = resolve(cwd, file);
  const { backend, epochs } = options;
  const checked = await analyze(
    { type: 'check', experiment, strategies, backend, ...(epochs !== undefined && { epochs }) },
    environment,
  );
  if (checked === null) return reportInterrupt(options.json ?? false, environment);
  const requests = plan(strategies, options.seeds).map((what) =>
    trainRequest(file, what, options, cwd),
  );
  const { outcomes, interrupted } = await trainAll(requests, environment);
  const finished = outcomes.flatMap(({ overview }) => overview ?? []);
  const comparison: Comparison = {
    experiment,
    interrupted,
    strategies: compareRuns(strategies, finished),
    runs: outcomes.map(({ trial }) => trial),
  };
  stdout.write(
    options.json === true ? `${JSON.stringify(comparison)}\n` : describeComparison(comparison, cwd),
  );
  if (interrupted) return EXIT.interrupted;
  return outcomes.every(({ overview }) => overview !== undefined) ? EXIT.done : EXIT.failed;
}

/** Goes seed by seed: what is compared runs side by side, and what is interrupted has its pairs. */
function plan(strategies: readonly string[], seeds: number): StrategyAndSeed[] {
  return Array.from({ length: seeds }, (_, index) => index + 1).flatMap((seed) =>
    strategies.map((strategy) => ({ strategy, seed })),
  );
}

async function trainAll(
  requests: readonly TrainRequest[],
  environment: Environment,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly interrupted: boolean }> {
  const outcomes: Outcome[] = [];
  let interrupted = false;
  const endInterrupts = environment.onInterrupt(() => {
    interrupted = true;
  });
  try {
    for (const [index, request] of requests.entries()) {
      const { strategy, seed } = request;
      if (interrupted) break;
      environment.stderr.write(`${strategy}, seed ${seed} (${index + 1} of ${requests.length})\n`);
      const first = outcomes.find(({ overview }) => overview !== undefined)?.overview;
      const outcome = await tryOut(request, first, environment);
      outcomes.push(outcome);
      interrupted ||= outcome.trial.state === 'interrupted';
    }
  } finally {
    endInterrupts();
  }
  return { outcomes, interrupted };
}

/** Trains a run; what learnt from other images than the first one cannot be compared with it. */
async function tryOut(
  request: TrainRequest,
  first: RunOverview | undefined,
  environment: Environment,
): Promise<Outcome> {
  const { strategy, seed } = request;
  const trial = { strategy, seed, run: null, accuracy: null, error: null };
  try {
    const { report, exit } = await trainInChild(request, environment);
    if (report === null) return { trial: { ...trial, state: 'interrupted' } };
    const { run, error } = report;
    if (report.reason !== 'finished') {
      const state = exit === EXIT.interrupted ? 'interrupted' : 'failed';
      return { trial: { ...trial, run, error, state } };
    }
    const overview = await (await ListedRun.open(run)).poll();
    const change = first && dataChange(first.run, overview.run.domains);
    if (change !== undefined) return { trial: { ...trial, run, error: change, state: 'failed' } };
    const accuracy = realTest(overview)?.accuracy ?? null;
    return { trial: { ...trial, run, state: 'finished', accuracy }, overview };
  } catch (error) {
    const why =
      error instanceof UserError ? describeUserError(error, environment.cwd) : String(error);
    return { trial: { ...trial, state: 'failed', error: why } };
  }
}

/** Checks all names before anything is trained. */
function canonicalNames(texts: readonly string[]): string[] {
  const names = texts.map((text) => readStrategyName(text).name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) {
    throw new UserError(`--strategies names "${twice}" twice`, { hint: 'Name it once.' });
  }
  return names;
}
