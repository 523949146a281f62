import { dirname, resolve } from 'node:path';
import * as vscode from 'vscode';
import { EXPERIMENT_GLOB } from '../../contributions.ts';
import { projectRoot } from '../../runs/paths.ts';
import type { ErrorReporter } from '../errorReporter.ts';

const RUNS_GLOB = '**/.bn-lens/runs/*/run.json';
const EXCLUDED = '**/node_modules/**';

/** Where experiments or runs are: the projects of the open folders, and those of runs added. */
export class ProjectRoots implements vscode.Disposable {
  /** Of the open folders. */
  #found = new Set<string>();
  /** Of runs that were started or opened here, wherever they are. */
  readonly #added = new Set<string>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: readonly { dispose(): void }[];
  /** Fires when there is a new root, and when runs were created or deleted under one. */
  readonly onDidChange = this.#changed.event;

  constructor(reporter: Pick<ErrorReporter, 'run'>) {
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
        this.#add(this.#found, rootOfRun(dirname(uri.fsPath)));
      }),
      runs.onDidDelete(() => {
        this.#changed.fire();
      }),
      experiments,
      experiments.onDidCreate((uri) => {
        this.#add(this.#found, projectRoot(uri.fsPath));
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        reporter.run(this.discover());
      }),
    ];
  }

  get roots(): ReadonlySet<string> {
    return new Set([...this.#found, ...this.#added]);
  }

  /** Adds the project of a run directory, which may lie outside the open folders. */
  addRun(directory: string): void {
    this.#add(this.#added, rootOfRun(directory));
  }

  /** Searches the open folders afresh. */
  async discover(): Promise<void> {
    const [runs, experiments] = await Promise.all([
      vscode.workspace.findFiles(RUNS_GLOB, EXCLUDED),
      vscode.workspace.findFiles(EXPERIMENT_GLOB, EXCLUDED),
    ]);
    this.#found = new Set([
      ...runs.map(({ fsPath }) => rootOfRun(dirname(fsPath))),
      ...experiments.map(({ fsPath }) => projectRoot(fsPath)),
    ]);
    this.#changed.fire();
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  #add(roots: Set<string>, root: string): void {
    roots.add(root);
    this.#changed.fire();
  }
}

/** From `<root>/.bn-lens/runs/<run>` to the root. */
function rootOfRun(directory: string): string {
  return resolve(directory, '../../..');
}
