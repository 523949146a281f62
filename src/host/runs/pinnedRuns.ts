import * as vscode from 'vscode';
import type { RunEntry, RunStore } from './runStore.ts';
import { experimentUri } from './runText.ts';

const KEY = 'pinnedRuns';

/** The runs, at most one for each experiment, that hovers and Problems show instead of the newest. */
export class PinnedRuns implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;

  constructor(
    private readonly memento: vscode.Memento,
    private readonly store: RunStore,
  ) {}

  has({ directory }: Pick<RunEntry, 'directory'>): boolean {
    return this.#directories().includes(directory);
  }

  /** Pins a run in place of any other run of its experiment. */
  async pin(entry: RunEntry): Promise<void> {
    const experiment = experimentUri(entry).toString();
    const others = this.#directories().filter((directory) => {
      const other = this.store.entry(directory);
      return other !== undefined && experimentUri(other).toString() !== experiment;
    });
    await this.#keep([...others, entry.directory]);
  }

  async unpin({ directory }: RunEntry): Promise<void> {
    await this.#keep(this.#directories().filter((other) => other !== directory));
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #directories(): readonly string[] {
    return this.memento.get<readonly string[]>(KEY, []);
  }

  async #keep(directories: readonly string[]): Promise<void> {
    await this.memento.update(KEY, directories);
    this.#changed.fire();
  }
}
