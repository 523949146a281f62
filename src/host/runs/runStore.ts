import type { Disposable, Event } from 'vscode';
import type { FlagEvent, RunEvent, RunNote, RunStatus, RunSummary } from '../../protocol/events.ts';
import type { RunFile } from '../../protocol/run.ts';
import type { TableColumns, TableName } from '../../protocol/tables.ts';

/** A run as tree, pickers, status bar and hovers see it; replaced, never changed in place. */
export interface RunEntry {
  /** The run directory, absolute; identifies the run. */
  readonly directory: string;
  /** The project root that holds `.bn-lens`, absolute. */
  readonly root: string;
  readonly run: RunFile;
  readonly status: RunStatus;
  /** The raised flags in the order in which they were raised. */
  readonly flags: readonly FlagEvent[];
  /** What the run said when it last ended; null before. */
  readonly summary: RunSummary | null;
}

/** What a run's files gained since the follower last heard of it. */
export interface RunGrowth {
  readonly rows: { readonly [T in TableName]?: TableColumns<T> };
  readonly events: readonly RunEvent[];
  readonly notes: readonly RunNote[];
}

/** All runs of the open folders. The files are the history; this only reads them, and reads on. */
export interface RunStore {
  /** Newest first. */
  readonly entries: readonly RunEntry[];
  /** Fires when a run appears, disappears, or its entry changes. */
  readonly onDidChange: Event<void>;
  entry(directory: string): RunEntry | undefined;
  /**
   * Tells `listener` all that the run's files hold and then, for as long as it is not disposed,
   * what they gain. Each follower hears everything exactly once and in order.
   */
  follow(directory: string, listener: (growth: RunGrowth) => void): Disposable;
  /** Looks for new, changed and deleted runs now. */
  refresh(): Promise<void>;
}
