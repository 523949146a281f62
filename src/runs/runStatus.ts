import { hostname } from 'node:os';
import { DEAD_AFTER_MS } from '../protocol/events.ts';
import type { EndReason, RunEvent, RunStatus, RunSummary } from '../protocol/events.ts';
import { totalStepsOf } from '../protocol/phases.ts';
import type { RunFile } from '../protocol/run.ts';
import { isKnown } from './eventFields.ts';
import { followEvents } from './events.ts';
import { readRunFile } from './runFile.ts';

const END_STATES: Readonly<Record<EndReason, RunStatus['state']>> = {
  finished: 'finished',
  stopped: 'stopped',
  lease: 'stopped',
  failed: 'failed',
};

/** Folds a run's events, in their order, into what they say of its state. */
export class StatusTracker {
  #state: RunStatus['state'] = 'starting';
  /** The newest step that the events speak of. */
  step = 0;
  #epoch = 0;
  #attempt = 1;
  #lastSign: number | null = null;
  #trainer: RunStatus['trainer'] = null;
  #end: RunSummary | null = null;

  /** What the run said when it ended; null before, and again once it is resumed. */
  get summary(): RunSummary | null {
    return this.#end;
  }

  add(event: RunEvent): void {
    this.#lastSign = event.t;
    switch (event.type) {
      case 'started':
      case 'resumed':
        this.#state = 'starting';
        this.#end = null;
        this.#attempt = event.attempt;
        this.#trainer = { host: event.host, pid: event.pid };
        if (event.type === 'resumed') this.step = event.fromStep;
        return;
      case 'paused':
        this.#state = 'paused';
        this.step = event.step;
        return;
      case 'continued':
        this.#state = 'running';
        this.step = event.step;
        return;
      case 'heartbeat':
      case 'epoch':
        if (this.#state === 'starting') this.#state = 'running';
        this.step = event.step;
        this.#epoch = event.epoch;
        return;
      case 'ended':
        this.#state = END_STATES[event.reason];
        this.step = event.step;
        this.#epoch = event.epoch;
        this.#end = event;
        return;
      case 'phase':
      case 'eval':
      case 'flag':
      case 'cleared':
      case 'fault':
      case 'adaptation':
      case 'warning':
      case 'checkpoint':
        return;
    }
  }

  /**
   * Says how the run is doing at the time `now` (ms since 1970). A run that did not end has died
   * when its last sign of life is older than DEAD_AFTER_MS, or at once when it ran on this host and
   * its process is gone. A living process proves nothing: its number may have been given anew.
   */
  status(run: RunFile, now: number): RunStatus {
    const totalSteps = totalStepsOf(run);
    const state = this.#end === null && this.#hasDied(run, now) ? 'died' : this.#state;
    const error = this.#end?.error === undefined ? {} : { error: this.#end.error };
    return {
      state,
      step: this.step,
      epoch: this.#epoch,
      totalSteps,
      attempt: this.#attempt,
      lastSign: this.#lastSign,
      trainer: this.#trainer,
      ...error,
    };
  }

  #hasDied(run: RunFile, now: number): boolean {
    if (now - (this.#lastSign ?? Date.parse(run.created)) > DEAD_AFTER_MS) return true;
    return this.#trainer?.host === hostname() && !isRunning(this.#trainer.pid);
  }
}

/** Infers a run's state from its files, now. Throws a UserError when run.json cannot be read. */
export async function runStatus(directory: string): Promise<RunStatus> {
  const run = await readRunFile(directory);
  const tracker = new StatusTracker();
  for (const event of (await followEvents(directory).poll()).filter(isKnown)) tracker.add(event);
  return tracker.status(run, Date.now());
}

/** Tells whether a trainer may still be writing to the run. */
export function isAlive(state: RunStatus['state']): boolean {
  return state === 'starting' || state === 'running' || state === 'paused';
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: somebody else's process, but there is one.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
