import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** What a comparison ran on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
  };
}

/** The processes that wanted to run, averaged over the last minute; what was measured included. */
export function load(): number {
  return loadavg()[0] ?? NaN;
}

/** Tells whether a machine with such a load before a run has other work to do. */
export function isBusy({ cores }: Machine, loadBefore: number): boolean {
  return loadBefore > cores / 2;
}
