import { dirname, resolve } from 'node:path';
import * as vscode from 'vscode';
import { EXPERIMENT_GLOB } from '../../contributions.ts';
import { projectRoot } from '../../runs/paths.ts';

const RUNS_GLOB = '**/.bn-lens/runs/*/run.json';
const EXCLUDED = '**/node_modules/**';

/** The projects of the open folders: where experiments or runs are. */
export class ProjectRoots implements vscode.Disposable {
  readonly #roots = new Set<string>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: readonly { dispose(): void }[];
  /** Fires when there is a new root, and when runs were created or deleted under one. */
  readonly onDidChange = this.#changed.event;

  constructor() {
    // A hint only: watching fails on network disks, where polling finds the runs a little later.
    const runs = vscode.workspace.createFileSystemWatcher(RUNS_GLOB, false, true, false);
    const experiments = vscode.workspace.createFileSystemWatcher(
      EXPERIMENT_GLOB,
      false,
      true,
      true,
    );
    this.#subscriptions = [
      this.#changed,
      runs,
      runs.onDidCreate((uri) => {
        this.#add(rootOfRun(dirname(uri.fsPath)));
      }),
      runs.onDidDelete(() => {
        this.#changed.fire();
      }),
      experiments,
      experiments.onDidCreate((uri) => {
        this.#add(projectRoot(uri.fsPath));
      }),
    ];
  }

  get roots(): ReadonlySet<string> {
    return this.#roots;
  }

  /** Adds the project of a run directory. */
  addRun(directory: string): void {
    this.#add(rootOfRun(directory));
  }

  /** Searches the open folders afresh. */
  async discover(): Promise<void> {
    const [runs, experiments] = await Promise.all([
      vscode.workspace.findFiles(RUNS_GLOB, EXCLUDED),
      vscode.workspace.findFiles(EXPERIMENT_GLOB, EXCLUDED),
    ]);
    this.#roots.clear();
    for (const { fsPath } of runs) this.#roots.add(rootOfRun(dirname(fsPath)));
    for (const { fsPath } of experiments) this.#roots.add(projectRoot(fsPath));
    this.#changed.fire();
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  #add(root: string): void {
    this.#roots.add(root);
    this.#changed.fire();
  }
}

/** From `<root>/.bn-lens/runs/<run>` to the root. */
function rootOfRun(directory: string): string {
  return resolve(directory, '../../..');
}
