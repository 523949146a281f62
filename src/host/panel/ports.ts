import type { Disposable } from 'vscode';
import type { ControlMessage, NoteDraft, RunAddition, RunView } from '../../protocol/panel.ts';

/** How a followed run changed: rows and events came, or earlier rows became void by a resumption. */
export type RunChange =
  { readonly type: 'added'; readonly addition: RunAddition } | { readonly type: 'replaced' };

/** A run that a panel follows until it is disposed. */
export interface FollowedRun extends Disposable {
  /** Gives everything known by now; later changes reach the listener. */
  view(): Promise<RunView>;
}

/** Where panels get runs from. */
export interface PanelRuns {
  /** Follows a run; rejects with a UserError when the directory holds no readable run. */
  follow(directory: string, listener: (change: RunChange) => void): Promise<FollowedRun>;
}

/** What a panel's buttons do. Directories are absolute run directories. */
export interface PanelActions {
  control(directory: string, command: ControlMessage['command']): Promise<void>;
  resume(directory: string): Promise<void>;
  addNote(directory: string, note: NoteDraft): Promise<void>;
  /** Shows where the site's layer was constructed, after edits too. */
  openSite(directory: string, site: number): Promise<void>;
  openExperiment(directory: string): Promise<void>;
  showLog(): void;
}
