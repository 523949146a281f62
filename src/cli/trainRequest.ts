import { resolve } from 'node:path';
import type { BackendChoice } from '../protocol/backend.ts';
import type { TrainerRequest } from '../protocol/trainer.ts';

/** Options of the commands that train. */
export interface TrainingOptions {
  readonly epochs?: number;
  readonly backend: BackendChoice;
  readonly threads?: number;
  readonly out?: string;
  readonly json?: boolean;
}

export type TrainRequest = Extract<TrainerRequest, { readonly type: 'train' }>;

/** Asks for a new run of an experiment; paths are relative to `cwd`. */
export function trainRequest(
  file: string,
  { strategy, seed }: Pick<TrainRequest, 'strategy' | 'seed'>,
  { epochs, backend, threads, out }: TrainingOptions,
  cwd: string,
): TrainRequest {
  return {
    type: 'train',
    experiment: resolve(cwd, file),
    strategy,
    seed,
    backend,
    ...(threads !== undefined && { threads }),
    ...(epochs !== undefined && { epochs }),
    ...(out !== undefined && { out: resolve(cwd, out) }),
  };
}
