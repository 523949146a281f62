import { resolve } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../protocol/userError.ts';
import { RunCatalog, type BrokenListing, type RunListing } from '../../runs/runCatalog.ts';
import { Pace } from '../pace.ts';
import type { ProjectRoots } from './projectRoots.ts';
import { isActive, type RunEntry, type RunStore } from './runStore.ts';

/** Files are read this often while a run is active, ms, and else. */
const LIVE_MS = 500;
const IDLE_MS = 3_000;

interface Project {
  readonly root: string;
  readonly catalog: RunCatalog;
  /** As they were listed last. */
  readonly entries: readonly RunEntry[];
  readonly broken: readonly BrokenListing[];
}

/** Reads the run directories of all project roots at intervals, for everyone in this window. */
export class FileRunStore implements RunStore, vscode.Disposable {
  readonly #roots: Pick<ProjectRoots, 'roots' | 'onDidChange'>;
  readonly #log: Pick<vscode.LogOutputChannel, 'warn' | 'error'>;
  readonly #paces = new Map<string, Pace>();
  readonly #warned = new Set<string>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #onRoots: vscode.Disposable;
  readonly onDidChange = this.#changed.event;
  #projects: ReadonlyMap<string, Project> = new Map();
  #entries: readonly RunEntry[] = [];
  #broken: readonly BrokenListing[] = [];
  #reading: Promise<void> | undefined;
  /** Whether the reading under way came too early for somebody. */
  #hinted = false;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(
    roots: Pick<ProjectRoots, 'roots' | 'onDidChange'>,
    log: Pick<vscode.LogOutputChannel, 'warn' | 'error'>,
  ) {
    this.#roots = roots;
    this.#log = log;
    this.#onRoots = roots.onDidChange(() => {
      this.#readSoon();
    });
  }

  get entries(): readonly RunEntry[] {
    return this.#entries;
  }

  get broken(): readonly BrokenListing[] {
    return this.#broken;
  }

  entry(directory: string): RunEntry | undefined {
    return this.#entries.find((entry) => entry.directory === directory);
  }

  async refresh(): Promise<void> {
    // What is being read may have missed what the caller wants to see.
    await this.#reading;
    await this.#read();
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    this.#onRoots.dispose();
    this.#changed.dispose();
  }

  #readSoon(): void {
    this.#hinted = true;
    if (this.#reading === undefined) this.#schedule(0);
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    if (this.#disposed) return;
    this.#timer = setTimeout(() => {
      this.#read().catch((error: unknown) => {
        this.#log.error(error instanceof Error ? error : String(error));
      });
    }, delay);
  }

  #read(): Promise<void> {
    this.#reading ??= this.#list().finally(() => {
      this.#reading = undefined;
      const wait = this.#entries.some(isActive) ? LIVE_MS : IDLE_MS;
      this.#schedule(this.#hinted ? 0 : wait);
    });
    return this.#reading;
  }

  async #list(): Promise<void> {
    this.#hinted = false;
    const roots = [...this.#roots.roots];
    const projects = await Promise.all(roots.map((root) => this.#listProject(root)));
    this.#projects = new Map(projects.map((project) => [project.root, project]));
    const before = fingerprint(this.#entries, this.#broken);
    this.#broken = projects.flatMap(({ broken }) => broken);
    this.#entries = projects
      .flatMap(({ entries }) => entries)
      .sort((a, b) => b.run.created.localeCompare(a.run.created));
    const isSame = fingerprint(this.#entries, this.#broken) === before;
    if (!isSame && !this.#disposed) this.#changed.fire();
  }

  async #listProject(root: string): Promise<Project> {
    const project = this.#projects.get(root) ?? {
      root,
      catalog: new RunCatalog(root),
      entries: [],
      broken: [],
    };
    try {
      const listings = await project.catalog.list();
      const broken = listings.filter((listing) => listing.kind === 'broken');
      for (const { problem } of broken) this.#warnOnce(problem);
      const runs = listings.filter((listing) => listing.kind === 'run');
      return { ...project, broken, entries: runs.map((listing) => this.#entryOf(listing)) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // A disk that is away for a moment does not end its runs.
      this.#warnOnce(error.message);
      return project;
    }
  }

  #entryOf(listing: RunListing): RunEntry {
    const root = resolve(listing.directory, listing.run.root);
    return { ...listing, root, stepsPerSecond: this.#paceOf(listing) };
  }

  #warnOnce(problem: string): void {
    if (this.#warned.has(problem)) return;
    this.#warned.add(problem);
    this.#log.warn(problem);
  }

  #paceOf({ directory, status }: Pick<RunEntry, 'directory' | 'status'>): number | null {
    let pace = this.#paces.get(directory);
    if (pace === undefined) this.#paces.set(directory, (pace = new Pace()));
    return pace.update(status);
  }
}

/** What of the runs can change; run.json is written once. */
function fingerprint(entries: readonly RunEntry[], broken: readonly BrokenListing[]): string {
  return JSON.stringify([
    entries.map((entry) => [
      entry.directory,
      entry.status,
      entry.flags,
      entry.faults,
      entry.summary !== null,
    ]),
    broken.map(({ directory, problem }) => [directory, problem]),
  ]);
}
