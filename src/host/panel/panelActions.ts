import type { ControlMessage, NoteDraft } from '../../protocol/panel.ts';

/** What a panel's buttons do; directories are absolute run directories. */
export interface PanelActions {
  control(directory: string, command: ControlMessage['command']): Promise<void>;
  /** Trains on from the last checkpoint. */
  resume(directory: string): Promise<void>;
  addNote(directory: string, note: NoteDraft): Promise<void>;
  /** Measures what the trained statistics cost and keeps the answer in the run's directory. */
  whatIf(directory: string): Promise<void>;
  /** Shows where the site's layer is constructed, after edits too. */
  openSite(directory: string, site: number): Promise<void>;
  openExperiment(directory: string): Promise<void>;
  showLog(): void;
}
