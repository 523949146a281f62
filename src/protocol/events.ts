import type { AdaptationEvent } from './adaptation.ts';
import type { FaultEvent } from './faults.ts';
import type { Handling, Split } from './run.ts';

/** Accuracy on one part of one domain; `low` and `high` bound it with 95% confidence (Wilson). */
export interface SplitMetrics {
  readonly accuracy: number;
  readonly n: number;
  readonly low: number;
  readonly high: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
}

/** Metrics by domain name and part; a part that was not measured is absent. */
export type RunMetrics = Readonly<Record<string, Readonly<Partial<Record<Split, SplitMetrics>>>>>;

/** Why a trainer ended: `lease` means that nobody renewed the lease any more. */
export type EndReason = 'finished' | 'stopped' | 'lease' | 'failed';

/** What a run says of itself when it ends; also the last line of `bn-lens train --json`. */
export interface RunSummary {
  readonly reason: EndReason;
  readonly step: number;
  readonly epoch: number;
  readonly stepMs: { readonly median: number };
  /** Step of the checkpoint that validation chose and the test used; null before the first one. */
  readonly bestStep: number | null;
  readonly metrics: RunMetrics;
  /** Without the strategy's adaptation at test, if it has one; `metrics` are with it. */
  readonly unadapted?: RunMetrics;
  /** Set when `reason` is `failed`. */
  readonly error?: string;
}

/** A raised flag: from this step on the pair of domains is known to differ at this site. */
export interface FlagEvent {
  readonly type: 'flag';
  readonly step: number;
  readonly site: number;
  readonly pair: number;
  readonly handling: Handling;
  /** Natural logarithm of the e-value that crossed the threshold. */
  readonly logE: number;
  /** Natural logarithm of the threshold, (sites x pairs) / alpha. */
  readonly logThreshold: number;
  /** RMS gap at that step in units of the pixel standard deviation, and what no difference gives. */
  readonly gap: number;
  readonly gapFloor: number;
  /** The step after the evidence was lowest: about where the difference began, or earlier. */
  readonly onset?: number;
  /** Channels that differ by their own evidence, strongest first (e-BH at alpha). */
  readonly channels?: readonly number[];
}

/** A flag taken back: from this step on the difference is known to be tolerable. */
export interface ClearedEvent {
  readonly type: 'cleared';
  readonly step: number;
  readonly site: number;
  readonly pair: number;
  /** Step of the flag. */
  readonly raisedAt: number;
  /** Natural logarithm of the e-value against the difference, and its threshold. */
  readonly logE: number;
  readonly logThreshold: number;
}

/** A phase of the training begins. */
export interface PhaseEvent {
  readonly type: 'phase';
  /** Its index in `phases` of run.json. */
  readonly phase: number;
  /** Its first step. */
  readonly step: number;
  /** Step of the checkpoint whose weights it begins with; null if they are new. */
  readonly fromStep: number | null;
}

/**
 * One line of `events.ndjson`, without its time. Results of an earlier attempt (phase, epoch, eval,
 * flag, cleared, fault, checkpoint, a warning with a step) are void after a later
 * `resumed.fromStep`, as rows are.
 */
export type RunEventBody =
  | {
      readonly type: 'started';
      readonly attempt: number;
      readonly pid: number;
      readonly host: string;
    }
  | {
      readonly type: 'resumed';
      readonly attempt: number;
      readonly pid: number;
      readonly host: string;
      /** Rows of earlier attempts with a step greater than this one are void. */
      readonly fromStep: number;
    }
  | PhaseEvent
  | {
      readonly type: 'epoch';
      readonly epoch: number;
      readonly step: number;
      /** That of the epoch's last step; runs of the first versions do not say it. */
      readonly learningRate?: number;
      /**
       * The most by which each site's layer multiplies a channel at test, |γ|/√(σ² + ε); null where no
       * statistics are kept. Runs of earlier versions do not say it.
       */
      readonly scales?: readonly (number | null)[];
    }
  | ({
      readonly type: 'eval';
      readonly step: number;
      readonly epoch: number;
      readonly domain: number;
      readonly split: Split;
      /** Whether this is the closing evaluation on the chosen checkpoint. */
      readonly final: boolean;
      /** Whether the weights were adapted to the domain before. */
      readonly adapted?: true;
      /**
       * On an adapted validation part, how many images are classified rightly only with, and only
       * without the adaptation. Runs of earlier versions do not say it.
       */
      readonly gained?: number;
      readonly lost?: number;
    } & SplitMetrics)
  | FlagEvent
  | ClearedEvent
  | FaultEvent
  | AdaptationEvent
  | {
      readonly type: 'warning';
      readonly code: string;
      readonly message: string;
      readonly step?: number;
    }
  | {
      readonly type: 'checkpoint';
      readonly step: number;
      readonly epoch: number;
      /** Relative to the run directory. */
      readonly file: string;
      readonly best: boolean;
    }
  | { readonly type: 'paused'; readonly step: number }
  | { readonly type: 'continued'; readonly step: number }
  | { readonly type: 'heartbeat'; readonly step: number; readonly epoch: number }
  | ({ readonly type: 'ended' } & RunSummary);

/** One line of `events.ndjson`; `t` is milliseconds since 1970. */
export type RunEvent = RunEventBody & { readonly t: number };

/** The trainer writes a heartbeat this often, ms. */
export const HEARTBEAT_MS = 1_000;

/** A run whose last sign of life is older than this, ms, and that did not end, has died. */
export const DEAD_AFTER_MS = 15_000;

/** One line of `notes.ndjson`. */
export interface RunNote {
  readonly t: number;
  readonly author: string;
  readonly text: string;
  /** The step and site the note speaks of, if any. */
  readonly step?: number;
  readonly site?: number;
}

/** What readers infer of a run from its files. */
export interface RunStatus {
  readonly state: 'starting' | 'running' | 'paused' | 'finished' | 'stopped' | 'failed' | 'died';
  readonly step: number;
  readonly epoch: number;
  readonly totalSteps: number;
  readonly attempt: number;
  /** Time of the last event, ms since 1970; null when there is none. */
  readonly lastSign: number | null;
  /** The process that writes the last attempt, or did; null before it has said so. */
  readonly trainer: { readonly host: string; readonly pid: number } | null;
  readonly error?: string;
}
