import type { Event } from 'vscode';
import type { BrokenListing, RunListing } from '../../runs/runCatalog.ts';

/** Names a run: what commands on runs take. */
export interface RunReference {
  /** The run directory, absolute. */
  readonly directory: string;
}

/** A run as tree, pickers, status bar and hovers see it; replaced, never changed in place. */
export interface RunEntry extends RunListing {
  /** The project root, absolute: paths of experiment, modules and sites are relative to it. */
  readonly root: string;
  /** How fast it goes, from its latest signs of life; null when it stands or is not known yet. */
  readonly stepsPerSecond: number | null;
}

/** All runs of the open folders. The files are the history; this reads them, and reads on. */
export interface RunStore {
  /** Newest first. */
  readonly entries: readonly RunEntry[];
  /** Directories among the runs that cannot be read. */
  readonly broken: readonly BrokenListing[];
  /** Fires when a run appears, disappears, breaks, or its entry changes. */
  readonly onDidChange: Event<void>;
  /** Finds a run by its directory (absolute). */
  entry(directory: string): RunEntry | undefined;
  /** Looks for new, changed and deleted runs now. */
  refresh(): Promise<void>;
}

/** Tells whether a trainer is, or should be, at work on the run. */
export function isActive({ status: { state } }: Pick<RunEntry, 'status'>): boolean {
  return state === 'starting' || state === 'running' || state === 'paused';
}

/** Tells whether the run can go on from its last checkpoint. */
export function isResumable({ status: { state } }: Pick<RunEntry, 'status'>): boolean {
  return state === 'stopped' || state === 'failed' || state === 'died';
}
