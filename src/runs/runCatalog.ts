import type { FlagEvent, RunStatus, RunSummary } from '../protocol/events.ts';
import type { RunFile } from '../protocol/run.ts';

/** A run as lists show it. */
export interface RunListing {
  readonly kind: 'run';
  /** Absolute path. */
  readonly directory: string;
  readonly name: string;
  readonly run: RunFile;
  readonly status: RunStatus;
  readonly flags: readonly FlagEvent[];
  /** What the run said when it ended; null before. */
  readonly summary: RunSummary | null;
}

/** A directory among the runs that cannot be read. */
export interface BrokenListing {
  readonly kind: 'broken';
  readonly directory: string;
  readonly name: string;
  /** One sentence. */
  readonly problem: string;
}

/** Lists a project's runs again and again, reading only what is new since the last time. */
export class RunCatalog {
  constructor(private readonly root: string) {}

  /** Returns all runs, newest first. */
  list(): Promise<(RunListing | BrokenListing)[]> {
    throw new Error(`not yet: ${this.root}`);
  }

  /** Returns the newest run of an experiment file (absolute path); null when there is none. */
  newest(experiment: string): Promise<RunListing | null> {
    throw new Error(`not yet: ${experiment}`);
  }
}

/** Lists a project's runs, newest first; a directory that cannot be read is listed as broken. */
export async function listRuns(root: string): Promise<(RunListing | BrokenListing)[]> {
  return await new RunCatalog(root).list();
}

/**
 * Resolves a run that a person named: a path, or the name or a unique beginning of the name of one
 * of the project's runs. Returns its absolute path. Throws a UserError when none or several match.
 */
export function findRun(root: string, text: string): Promise<string> {
  throw new Error(`not yet: ${root}, ${text}`);
}
