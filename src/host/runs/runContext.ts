import * as vscode from 'vscode';
import { CONTEXT_KEYS } from '../../contributions.ts';
import type { ErrorReporter } from '../errorReporter.ts';
import type { PinnedRuns } from './pinnedRuns.ts';
import { isActive, isResumable, type RunStore } from './runStore.ts';

type ContextKey = (typeof CONTEXT_KEYS)[keyof typeof CONTEXT_KEYS];

/** Keeps the context keys that menus depend on in step with the runs. */
export class RunContext implements vscode.Disposable {
  readonly #set = new Map<ContextKey, boolean>();
  readonly #subscriptions: readonly vscode.Disposable[];

  constructor(
    private readonly store: RunStore,
    private readonly pinned: PinnedRuns,
    private readonly reporter: Pick<ErrorReporter, 'run'>,
  ) {
    const update = (): void => {
      this.#update();
    };
    this.#subscriptions = [store.onDidChange(update), pinned.onDidChange(update)];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #update(): void {
    const { entries } = this.store;
    this.#setKey(CONTEXT_KEYS.hasRuns, entries.length > 0);
    this.#setKey(
      CONTEXT_KEYS.hasRunning,
      entries.some((entry) => isActive(entry) && entry.status.state !== 'paused'),
    );
    this.#setKey(
      CONTEXT_KEYS.hasPaused,
      entries.some(({ status }) => status.state === 'paused'),
    );
    this.#setKey(CONTEXT_KEYS.hasResumable, entries.some(isResumable));
    this.#setKey(
      CONTEXT_KEYS.hasPinned,
      entries.some((entry) => this.pinned.has(entry)),
    );
  }

  #setKey(key: ContextKey, value: boolean): void {
    if (this.#set.get(key) === value) return;
    this.#set.set(key, value);
    this.reporter.run(vscode.commands.executeCommand('setContext', key, value));
  }
}
