import { join, relative, resolve, sep } from 'node:path';
import type { LayerVariable } from '@tensorflow/tfjs';
import { startBackend } from '../engine/startBackend.ts';
import type { StartedBackend } from '../engine/startedBackend.ts';
import { faultsOfNetwork } from '../faults/faultsOfNetwork.ts';
import { watchedRun } from '../faults/network.ts';
import { BACKENDS } from '../protocol/backend.ts';
import type { EndReason, RunEventBody, RunSummary } from '../protocol/events.ts';
import type { TrainerRequest } from '../protocol/trainer.ts';
import { UserError, userErrorText } from '../protocol/userError.ts';
import type { RecordedEvent, RunTarget } from '../recording/protocol.ts';
import { Recorder } from '../recording/recorder.ts';
import type { StatisticsState } from '../recording/siteStatistics.ts';
import { ControlReader } from '../runs/control.ts';
import { runsDirectory } from '../runs/paths.ts';
import { isAlive } from '../runs/runStatus.ts';
import { readRun } from '../runs/runTailer.ts';
import { stillTraining } from '../runs/stillTraining.ts';
import { adaptAtTest } from './adaptAtTest.ts';
import { CheckpointStore, type ResumedState } from './checkpointStore.ts';
import { describePrepared, refuseChanges } from './describeRun.ts';
import { phaseOptimizer } from './phaseOptimizer.ts';
import { prepareExperiment, type PreparedExperiment, type PrepareEnvironment } from './prepare.ts';
import { SeededMath } from './seededMath.ts';
import { Supervisor } from './supervisor.ts';
import { TrainingLoop } from './trainingLoop.ts';
import { planTraining, type TrainingPlan } from './trainingPlan.ts';

/** What the composition root gives a session. */
export interface SessionEnvironment extends PrepareEnvironment {
  /** Path of dist/recorder.js. */
  readonly recorder: string;
  /** Path of dist/mmdThread.js. */
  readonly mmdThread: string;
  /** Where the native backend is installed if it is. */
  readonly nativeFolder: string;
  /** Aborted when the process is asked to end. */
  readonly signal: AbortSignal;
  /** Told the run directory once run.json is in it. */
  readonly ready: (run: string) => void;
}

/** Starts a new run; resolves to why it ended, rejects if there was nothing to train. */
export async function startRun(
  request: Extract<TrainerRequest, { type: 'train' }>,
  environment: SessionEnvironment,
): Promise<EndReason> {
  const backend = await start(request, environment);
  const random = new SeededMath(request.seed);
  const prepared = await prepareExperiment(
    request.experiment,
    request.strategy,
    random,
    environment,
  );
  const { batchSize } = prepared.experiment.train;
  const { seed, epochs = prepared.experiment.train.epochs } = request;
  const plan = planTraining(prepared, { epochs, batchSize, seed });
  const runs = request.out ?? runsDirectory(prepared.root);
  const described = await describePrepared(prepared, plan);
  const init = {
    ...described,
    versions: { ...described.versions, ...backend.versions },
    root: relative(join(runs, 'run'), prepared.root).split(sep).join('/'),
    seed,
    epochs,
    batchSize,
    backend: { name: backend.name, threads: backend.threads },
  };
  const recorder = await openRecorder({ type: 'create', runs, init }, prepared, plan, environment);
  const checkpoints = new CheckpointStore(recorder.directory, trainedWeights(prepared));
  for (const message of [...backend.notices, ...prepared.notices]) {
    recorder.event({ type: 'warning', code: 'notice', message });
  }
  const watched = watchedRun(recorder.run, prepared.network, plan.probes.segments);
  for (const fault of faultsOfNetwork(watched)) recorder.event(fault);
  return train({ prepared, plan, random, recorder, checkpoints, state: null }, environment);
}

/** Continues an interrupted run from its newest checkpoint; what is as in {@link startRun}. */
export async function resumeRun(
  request: Extract<TrainerRequest, { type: 'resume' }>,
  environment: SessionEnvironment,
): Promise<EndReason> {
  const { run, status, events, warnings } = await readRun(request.run, { tables: ['steps'] });
  if (status.state === 'finished') {
    throw new UserError(`run ${run.name} is finished: there is nothing to resume`);
  }
  if (isAlive(status.state)) throw stillTraining(run.name, status);
  const saved = events.filter((event) => event.type === 'checkpoint').reverse();
  if (saved.length === 0) {
    throw new UserError(`run ${run.name} ended before its first checkpoint`, {
      hint: 'Start it anew: nothing was saved that could be continued.',
    });
  }
  const { name } = run.backend;
  // What is fastest may have changed meanwhile, but a run stays on what it began with.
  const own = BACKENDS.find((choice) => choice === name);
  const chosen = request.backend === 'auto' ? (own ?? 'auto') : request.backend;
  const backend = await start({ ...request, backend: chosen }, environment);
  if (backend.name !== name) {
    throw new UserError(
      `run ${run.name} was trained on the ${name} backend and cannot go on with ${backend.name}`,
      { hint: `Resume it with --backend ${name}.` },
    );
  }
  const random = new SeededMath(run.seed);
  const prepared = await prepareExperiment(
    resolve(request.run, run.root, run.experiment),
    run.strategy,
    random,
    environment,
  );
  refuseChanges(run, prepared);
  const plan = planTraining(prepared, run);
  const checkpoints = new CheckpointStore(request.run, trainedWeights(prepared));
  // Before the attempt is opened: a checkpoint that cannot be used leaves the run as it is.
  const { state, fromStep, notices } = resumeNewest(checkpoints, saved);
  const { statistics } = state.loop;
  const target = { type: 'resume', directory: request.run, fromStep } as const;
  const recorder = await openRecorder(target, prepared, plan, environment, statistics);
  for (const message of [...warnings, ...notices]) {
    recorder.event({ type: 'warning', code: 'notice', message });
  }
  return train({ prepared, plan, random, recorder, checkpoints, state }, environment);
}

/**
 * Resumes from the newest of the checkpoints, newest first, that is intact, and says which is not.
 * Throws the UserError of the newest where none is.
 */
function resumeNewest(
  checkpoints: CheckpointStore,
  saved: readonly Extract<RunEventBody, { type: 'checkpoint' }>[],
): { readonly state: ResumedState; readonly fromStep: number; readonly notices: string[] } {
  let failure: UserError | null = null;
  for (const { file, best, step } of saved) {
    try {
      const state = checkpoints.resume(file, best);
      const notices =
        failure === null
          ? []
          : [`${failure.message} The run goes on from ${file}, of step ${step}.`];
      return { state, fromStep: step, notices };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failure ??= error;
    }
  }
  throw failure ?? new Error('there is no checkpoint');
}

/** Opens the run directory; `state` is that of the statistics where an earlier attempt broke off. */
function openRecorder(
  target: RunTarget,
  { sites, terms, network }: PreparedExperiment,
  { layouts }: TrainingPlan,
  { recorder: thread, mmdThread, assets }: SessionEnvironment,
  state: StatisticsState | null = null,
): Promise<Recorder> {
  const shape = { channels: sites.map(({ channels }) => channels), layouts, terms: terms.length };
  const statisticsKernel = join(assets, 'statistics.wasm');
  return Recorder.open({ thread, mmdThread, statisticsKernel, target, shape, network, state });
}

function start(
  { backend, threads }: TrainerRequest,
  { assets, nativeFolder }: SessionEnvironment,
): Promise<StartedBackend> {
  const options = threads === undefined ? {} : { threads };
  return startBackend(backend, { wasmDirectory: assets, nativeFolder, ...options });
}

/** The model's weights, and what is trained beside them. */
function trainedWeights({ model, terms }: PreparedExperiment): LayerVariable[] {
  return [...model.weights, ...terms.flatMap(({ weights }) => weights)];
}

interface Session {
  readonly prepared: PreparedExperiment;
  readonly plan: TrainingPlan;
  readonly random: SeededMath;
  readonly recorder: Recorder;
  readonly checkpoints: CheckpointStore;
  /** Where an earlier attempt broke off; null for a new run. */
  readonly state: ResumedState | null;
}

async function train(session: Session, { signal, ready }: SessionEnvironment): Promise<EndReason> {
  const { prepared, plan, random, recorder, checkpoints, state } = session;
  const { experiment, strategy, model, context, data, taps, terms } = prepared;
  const { optimizer: spec, clipNorm, labelSmoothing, earlyStopping } = experiment.train;
  const supervisor = new Supervisor(await ControlReader.open(recorder.directory));
  // A process that was asked to end while it loaded has had its signal already.
  if (signal.aborted) supervisor.stop();
  signal.addEventListener('abort', () => {
    supervisor.stop();
  });
  const adaptation = {
    adaptation: strategy.adaptation,
    network: { model, context },
    domains: data.domains,
    batchSize: experiment.train.batchSize,
    directory: recorder.directory,
    record: (event: RecordedEvent) => {
      recorder.event(event);
    },
  };
  const loop = new TrainingLoop(
    {
      trainee: { model, context, labelSmoothing, taps, terms },
      optimizerOf: (phase) => phaseOptimizer({ model, context, spec, clipNorm, terms }, phase),
      domains: data.domains,
      plan,
      recorder,
      checkpoints,
      patience: earlyStopping?.patience,
      supervisor,
      random,
      adapt: (summary) => adaptAtTest(adaptation, summary),
    },
    state,
  );
  ready(recorder.directory);
  const summary = await trainToEnd(loop, recorder, checkpoints);
  await recorder.end(summary);
  return summary.reason;
}

/** Trains to the end and says how it ended, by a failure too. */
async function trainToEnd(
  loop: TrainingLoop,
  recorder: Recorder,
  checkpoints: CheckpointStore,
): Promise<RunSummary> {
  try {
    const summary = await loop.run();
    await recorder.settle();
    return summary;
  } catch (error) {
    return { ...loop.summary('failed', {}), error: describeFailure(error, checkpoints) };
  }
}

/** A user's error is its sentence; a bug keeps its stack, which the run is the only one to hold. */
function describeFailure(error: unknown, { isResumable }: CheckpointStore): string {
  if (error instanceof UserError) {
    const text = userErrorText(error);
    if (error.details.full !== true) return text;
    return `${text} ${isResumable ? 'The run can then be resumed.' : 'Then start again.'}`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
