import type { NetworkSite } from '../faults/network.ts';
import type { WeightsView } from '../faults/weightsView.ts';
import type { RunEventBody, RunSummary } from '../protocol/events.ts';
import type { RunFile } from '../protocol/run.ts';
import type { SerializedError } from '../protocol/userError.ts';
import type { RunFileInit } from '../runs/runWriter.ts';
import type { StatisticsState } from './siteStatistics.ts';
import type { SharedSteps } from './stepMemory.ts';

/** Which run directory is written: a new one, or the next attempt of one. */
export type RunTarget =
  | { readonly type: 'create'; readonly runs: string; readonly init: RunFileInit }
  | { readonly type: 'resume'; readonly directory: string; readonly fromStep: number };

/** What the recorder's thread is started with. */
export interface RecorderStart {
  readonly target: RunTarget;
  /** Path of dist/mmdThread.js. */
  readonly mmdThread: string;
  /** Path of dist/wasm/statistics.wasm. */
  readonly statisticsKernel: string;
  readonly steps: SharedSteps;
  /** What the rules that look for faults know of the sites. */
  readonly network: readonly NetworkSite[];
  /** Where an earlier attempt broke off; null for a new run. */
  readonly state: StatisticsState | null;
}

/** What happens while a run trains; the recorder itself writes the rest. */
export type RecordedEvent = Exclude<
  RunEventBody,
  { type: 'started' | 'resumed' | 'heartbeat' | 'ended' }
>;

/**
 * What the training thread tells the recorder's, besides the steps in the shared memory. Steps that
 * were over before come first.
 */
export type RecorderRequest =
  | { readonly type: 'event'; readonly body: RecordedEvent }
  /** The 0th epoch is over before the first step. */
  | {
      readonly type: 'epochEnd';
      readonly step: number;
      readonly epoch: number;
      readonly weights: WeightsView;
    }
  /** The memory is full of steps. */
  | { readonly type: 'hurry' }
  /** Asks for `settled` once all before is in the files, with what was estimated of it. */
  | { readonly type: 'settle' }
  /** The last request: how the run ended. */
  | { readonly type: 'end'; readonly summary: RunSummary };

export type RecorderReply =
  | { readonly type: 'opened'; readonly directory: string; readonly run: RunFile }
  | { readonly type: 'settled'; readonly state: StatisticsState }
  /** Told once: nothing is recorded from here on but how the run ended. */
  | { readonly type: 'failed'; readonly error: SerializedError }
  /** Told last, with the error if the end could not be written. */
  | { readonly type: 'closed'; readonly error?: SerializedError };
