import * as vscode from 'vscode';
import { COMMANDS, VIEWS } from '../../contributions.ts';
import type { RunStatus } from '../../protocol/events.ts';
import type { BrokenListing } from '../../runs/runCatalog.ts';
import type { PinnedRuns } from './pinnedRuns.ts';
import type { RunEntry, RunReference, RunStore } from './runStore.ts';
import {
  experimentUri,
  faultsText,
  flagsText,
  lastSignText,
  progressText,
  runTitle,
  shortTestText,
  stateText,
  testText,
} from './runText.ts';

/** The tree is drawn again this often at most, ms. */
const REDRAW_MS = 1_000;

export interface ExperimentNode {
  readonly kind: 'experiment';
  readonly uri: vscode.Uri;
}

export interface RunNode extends RunReference {
  readonly kind: 'run';
  readonly entry: RunEntry;
}

export type RunTreeNode = ExperimentNode | RunNode | BrokenListing;

/** Shows experiments and, under each, its runs, the newest first; then what cannot be read. */
export class RunTree implements vscode.TreeDataProvider<RunTreeNode>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: readonly { dispose(): void }[];
  readonly onDidChangeTreeData = this.#changed.event;
  #redraw: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: RunStore,
    private readonly pinned: PinnedRuns,
  ) {
    const redrawSoon = (): void => {
      this.#redraw ??= setTimeout(() => {
        this.#redraw = undefined;
        this.#changed.fire();
      }, REDRAW_MS);
    };
    this.#subscriptions = [
      this.#changed,
      vscode.window.createTreeView(VIEWS.runs, { treeDataProvider: this, showCollapseAll: true }),
      store.onDidChange(redrawSoon),
      pinned.onDidChange(() => {
        this.#changed.fire();
      }),
    ];
  }

  getChildren(node?: RunTreeNode): RunTreeNode[] {
    if (node === undefined) {
      const uris = new Map(
        this.store.entries.map((entry) => {
          const uri = experimentUri(entry);
          return [uri.toString(), uri];
        }),
      );
      const experiments = [...uris.values()].map((uri) => ({ kind: 'experiment' as const, uri }));
      return [...experiments, ...this.store.broken];
    }
    if (node.kind !== 'experiment') return [];
    return this.#runsOf(node).map((entry) => ({
      kind: 'run',
      directory: entry.directory,
      entry,
    }));
  }

  getTreeItem(node: RunTreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'experiment':
        return this.#experimentItem(node);
      case 'run':
        return this.#runItem(node.entry);
      case 'broken':
        return brokenItem(node);
    }
  }

  dispose(): void {
    clearTimeout(this.#redraw);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #runsOf({ uri }: ExperimentNode): RunEntry[] {
    return this.store.entries.filter((e) => experimentUri(e).toString() === uri.toString());
  }

  #experimentItem(node: ExperimentNode): vscode.TreeItem {
    const name = vscode.workspace.asRelativePath(node.uri);
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
    item.id = node.uri.toString();
    item.description = String(this.#runsOf(node).length);
    item.iconPath = new vscode.ThemeIcon('beaker');
    item.contextValue = 'experiment';
    return item;
  }

  #runItem(entry: RunEntry): vscode.TreeItem {
    const { directory, run, status, flags, faults } = entry;
    const isPinned = this.pinned.has(entry);
    const item = new vscode.TreeItem(runTitle(entry));
    item.id = directory;
    item.description = [
      ...(isPinned ? [vscode.l10n.t('pinned')] : []),
      ...(status.state === 'finished' ? [] : [stateText(status.state)]),
      ...[shortTestText(entry), flagsText(flags), faultsText(faults)].filter((text) => text !== ''),
    ].join(' · ');
    item.iconPath = stateIcon(status.state);
    item.tooltip = [
      run.name,
      vscode.l10n.t('started {0}', new Date(run.created).toLocaleString()),
      [stateText(status.state), progressText(entry)].filter((text) => text !== '').join(', '),
      lastSignText(entry),
      testText(entry),
      status.error ?? '',
    ]
      .filter((line) => line !== '')
      .join('\n');
    item.contextValue = `run.${status.state}.${isPinned ? 'pinned' : 'unpinned'}`;
    item.command = {
      command: COMMANDS.openPanel,
      title: vscode.l10n.t('Open Run'),
      arguments: [{ directory } satisfies RunReference],
    };
    return item;
  }
}

function brokenItem({ directory, name, problem }: BrokenListing): vscode.TreeItem {
  const item = new vscode.TreeItem(name);
  item.id = directory;
  item.description = vscode.l10n.t('cannot be read');
  item.tooltip = problem;
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.contextValue = 'broken';
  return item;
}

function stateIcon(state: RunStatus['state']): vscode.ThemeIcon {
  switch (state) {
    case 'starting':
    case 'running':
      return new vscode.ThemeIcon('sync~spin');
    case 'paused':
      return new vscode.ThemeIcon('debug-pause');
    case 'finished':
      return new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed'));
    case 'stopped':
      return new vscode.ThemeIcon('debug-stop');
    case 'failed':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('testing.iconFailed'));
    case 'died':
      return new vscode.ThemeIcon('debug-disconnect', new vscode.ThemeColor('testing.iconErrored'));
  }
}
