import { join } from 'node:path';
import { startBackend } from '../src/engine/startBackend.ts';
import { nativeFolder } from '../src/native/nativeFolder.ts';
import { keepHeapSteady } from '../src/process/steadyHeap.ts';
import type { BackendChoice } from '../src/protocol/backend.ts';
import { UserError } from '../src/protocol/userError.ts';
import { TemporaryRun } from './temporaryRun.ts';
import { Training, type TrainingSetting } from './training.ts';

/** A training by the product's own code, and what computes it. */
export interface EngineSetting extends TrainingSetting {
  readonly backend: BackendChoice;
  readonly threads: number;
}

/** A training in a process of its own; travels as JSON. */
export interface OurTraining extends EngineSetting {
  /** Whether every step is recorded as a run records it. */
  readonly monitored: boolean;
}

/** Starts the backend and the training, in a process as the trainer's. */
export async function startTraining({
  backend,
  threads,
  ...setting
}: EngineSetting): Promise<Training> {
  keepHeapSteady();
  const started = await startBackend(backend, {
    wasmDirectory: join(__dirname, '../wasm'),
    nativeFolder: nativeFolder(),
    threads,
  });
  if (started.threads !== threads) {
    throw new UserError(`the backend starts with ${started.threads} threads, not ${threads}`);
  }
  return new Training(setting);
}

/** A training that takes steps. */
export interface SteppingTraining {
  readonly step: () => Promise<void>;
  /** Waits until all steps are recorded. */
  readonly settle?: () => Promise<unknown>;
}

/** Starts the backend and the training. */
export async function openTraining({
  monitored,
  ...setting
}: OurTraining): Promise<SteppingTraining> {
  const training = await startTraining(setting);
  if (!monitored) return { step: () => training.plainStep() };
  const run = await TemporaryRun.open(training);
  process.on('exit', () => {
    run.remove();
  });
  return { step: () => training.monitoredStep(run), settle: () => run.recorder.settle() };
}
