import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { UserError } from '../protocol/userError.ts';
import { fileFailure, hasCode } from './fileFailure.ts';
import { ListedRun } from './listedRun.ts';
import type { RunOverview } from './listedRun.ts';
import { RUN_JSON, runsDirectory } from './paths.ts';

/** A run as lists show it. */
export interface RunListing extends RunOverview {
  readonly kind: 'run';
  /** Absolute path. */
  readonly directory: string;
  readonly name: string;
}

/** A directory among the runs that cannot be read. */
export interface BrokenListing {
  readonly kind: 'broken';
  readonly directory: string;
  readonly name: string;
  /** One sentence. */
  readonly problem: string;
}

export type Listing = RunListing | BrokenListing;

/** Lists a project's runs again and again, reading only what is new since the last time. */
export class RunCatalog {
  #entries = new Map<string, ListedRun>();

  /** `root` is the project's folder. */
  constructor(private readonly root: string) {}

  /**
   * Returns all runs, newest first, then the directories that cannot be read.
   * Throws a UserError when the folder of the runs itself cannot be read; a missing one is empty.
   */
  async list(): Promise<Listing[]> {
    const runs = resolve(runsDirectory(this.root));
    const before = this.#entries;
    this.#entries = new Map();
    const listings = await Promise.all(
      (await folders(runs)).map(async (name): Promise<Listing> => {
        const directory = join(runs, name);
        try {
          const entry = before.get(name) ?? (await ListedRun.open(directory));
          const overview = await entry.poll();
          this.#entries.set(name, entry);
          return { kind: 'run', directory, name, ...overview };
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          return { kind: 'broken', directory, name, problem: error.message };
        }
      }),
    );
    return listings.sort(newestFirst);
  }

  /** Returns the newest run of an experiment file (absolute path); null when there is none. */
  async newest(experiment: string): Promise<RunListing | null> {
    const path = relative(this.root, experiment).replaceAll('\\', '/');
    const ofFile = (listing: Listing): listing is RunListing =>
      listing.kind === 'run' && listing.run.experiment === path;
    return (await this.list()).find(ofFile) ?? null;
  }
}

/** Lists a project's runs, newest first; a directory that cannot be read is listed as broken. */
export async function listRuns(root: string): Promise<Listing[]> {
  return await new RunCatalog(root).list();
}

/**
 * Resolves a run that a person named: a path, or the name or a unique beginning of the name of one
 * of the project's runs. Returns its absolute path. Throws a UserError when none or several match.
 */
export async function findRun(root: string, text: string): Promise<string> {
  if (existsSync(join(text, RUN_JSON))) return resolve(text);
  const runs = resolve(runsDirectory(root));
  const names = await folders(runs);
  if (names.includes(text)) return join(runs, text);
  const matches = names.filter((name) => name.startsWith(text));
  const [match, other] = matches;
  if (match === undefined) {
    throw new UserError(`There is no run "${text}" in "${runs}".`, {
      hint: 'List the runs with `bn-lens runs`, or give the path of a run directory.',
    });
  }
  if (other !== undefined) {
    throw new UserError(
      `"${text}" begins the names of ${matches.length} runs, among them ${match} and ${other}.`,
      { hint: 'Give more of the name.' },
    );
  }
  return join(runs, match);
}

/** Names the folders in the folder of the runs; those with a dot are still being created. */
async function folders(runs: string): Promise<string[]> {
  try {
    const entries = await readdir(runs, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw fileFailure(error, 'read', runs);
  }
}

function newestFirst(a: Listing, b: Listing): number {
  const key = (listing: Listing) => (listing.kind === 'run' ? listing.run.created : '');
  return key(b).localeCompare(key(a)) || b.name.localeCompare(a.name);
}
