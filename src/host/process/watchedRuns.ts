import * as vscode from 'vscode';
import { holdLease, type Lease } from '../../process/lease.ts';
import { appendControl } from '../../runs/control.ts';
import type { ErrorReporter } from '../errorReporter.ts';
import { isActive, type RunEntry, type RunStore } from '../runs/runStore.ts';
import { experimentUri, progressText, runTitle, stateText } from '../runs/runText.ts';
import { setting } from '../settings.ts';
import type { EndNotices } from './endNotices.ts';

const KEY = 'watchedRuns';

/** Whom the control file names as the holder of this editor's leases and commands. */
export const EDITOR = 'vscode';

/** The runs that were started in this workspace: watched, and thereby kept going, until they end. */
export class WatchedRuns implements vscode.Disposable {
  readonly #watches = new Map<string, Watch>();
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(
    private readonly memento: vscode.Memento,
    private readonly store: RunStore,
    private readonly notices: EndNotices,
    private readonly reporter: ErrorReporter,
  ) {
    this.#subscriptions = [
      store.onDidChange(() => {
        this.#update();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.#update();
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration('bnLens.training.continueUnwatched')) return;
        for (const watch of this.#watches.values()) watch.holdOrRelease();
      }),
    ];
  }

  /** The runs that were started here and may be going on, in this window or an earlier one. */
  get directories(): readonly string[] {
    return this.memento.get<readonly string[]>(KEY, []);
  }

  /** Watches a run that just began, in this window and, after a reload, in the next. */
  async add(directory: string): Promise<void> {
    const running = this.directories.filter((other) => {
      const entry = this.store.entry(other);
      return entry !== undefined && isActive(entry);
    });
    await this.memento.update(KEY, [...new Set([...running, directory])]);
    await this.store.refresh();
    this.#update();
  }

  /** Ends the watching, not the runs: they go on until their lease lapses. */
  dispose(): void {
    for (const watch of this.#watches.values()) watch.end();
    this.#watches.clear();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #update(): void {
    if (!vscode.workspace.isTrusted) return;
    for (const directory of this.directories) {
      const entry = this.store.entry(directory);
      const watch = this.#watches.get(directory);
      if (entry !== undefined && isActive(entry)) {
        if (watch === undefined) this.#watches.set(directory, new Watch(entry, this.reporter));
        else watch.show(entry);
      } else if (watch !== undefined) {
        watch.end();
        this.#watches.delete(directory);
        if (entry === undefined) continue;
        if (entry.status.error !== undefined) {
          this.reporter.note(`${entry.name}: ${entry.status.error}`);
        }
        this.reporter.run(this.notices.show(entry));
      }
    }
  }
}

/** A lease on one run and its progress notification, whose Cancel stops the run resumably. */
class Watch {
  readonly #directory: string;
  readonly #resource: vscode.Uri;
  #lease: Lease | undefined;
  /** Ends the notification. */
  #finish: () => void = () => undefined;
  #progress: vscode.Progress<{ message: string; increment: number }> | undefined;
  #percent = 0;

  constructor(
    entry: RunEntry,
    private readonly reporter: ErrorReporter,
  ) {
    this.#directory = entry.directory;
    this.#resource = experimentUri(entry);
    this.holdOrRelease();
    const title = `${vscode.workspace.asRelativePath(this.#resource)} · ${runTitle(entry)}`;
    const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
    reporter.run(
      vscode.window.withProgress(options, (progress, token) => {
        this.#progress = progress;
        this.show(entry);
        token.onCancellationRequested(() => {
          reporter.run(appendControl(this.#directory, { type: 'stop', by: EDITOR }));
        });
        return new Promise<void>((resolve) => {
          this.#finish = resolve;
        });
      }),
    );
  }

  show(entry: RunEntry): void {
    const { state, step, totalSteps } = entry.status;
    const progress = progressText(entry);
    const message = state === 'running' && progress !== '' ? progress : stateText(state);
    const percent = totalSteps === 0 ? 0 : (100 * step) / totalSteps;
    this.#progress?.report({ message, increment: Math.max(0, percent - this.#percent) });
    this.#percent = Math.max(percent, this.#percent);
  }

  /** Holds a lease, or lets the run go on unwatched, as the setting says now. */
  holdOrRelease(): void {
    if (!setting('bnLens.training.continueUnwatched', this.#resource)) {
      this.#lease ??= holdLease(this.#directory, EDITOR, (error) => {
        this.reporter.note(error);
      });
      return;
    }
    this.#lease?.dispose();
    this.#lease = undefined;
    this.reporter.run(appendControl(this.#directory, { type: 'release', by: EDITOR }));
  }

  end(): void {
    this.#lease?.dispose();
    this.#finish();
  }
}
