import type { Advice } from './advice.ts';
import type { DeltaTables } from './delta.ts';
import type { RunEvent, RunNote, RunStatus } from './events.ts';
import type { RunFile } from './run.ts';
import type { SerializedError } from './userError.ts';
import type { WhatIfReport } from './whatIf.ts';

/** The events that the page shows; heartbeats reach it as status and pace. */
export const SHOWN_EVENTS = [
  'eval',
  'flag',
  'cleared',
  'fault',
  'adaptation',
  'warning',
  'epoch',
  'ended',
] as const satisfies readonly RunEvent['type'][];

export type PanelEvent = Extract<RunEvent, { readonly type: (typeof SHOWN_EVENTS)[number] }>;

/** What a run's files gained since the page last heard of it. */
export interface RunUpdate {
  readonly status: RunStatus;
  /** From the latest heartbeats; null when the run is not training now or that is not known yet. */
  readonly stepsPerSecond: number | null;
  /**
   * Binned where a long run's history is read from its levels; of tables without levels only the
   * latest row of each combination of ids.
   */
  readonly tables: DeltaTables;
  /** Of epochs only the latest. */
  readonly events: readonly PanelEvent[];
  readonly notes: readonly RunNote[];
  /** One sentence for each file newly found damaged. */
  readonly damages: readonly string[];
  /** What other statistics would give; null while nobody has asked, or nothing is new. */
  readonly whatIf: WhatIfReport | null;
  /** All that is worth trying next; null while it is as before. */
  readonly advice: readonly Advice[] | null;
}

/** A whole run as far as its files tell it. */
export interface RunView extends RunUpdate {
  /** The run directory, absolute. */
  readonly directory: string;
  /** Without the user's modules. */
  readonly run: RunFile;
}

/** A note as the page knows it. */
export type NoteDraft = Omit<RunNote, 't' | 'author'>;

/** Asks for the whole run; the page's first words. */
export interface HydrateMessage {
  readonly type: 'hydrate';
}
/** Asks the trainer to pause, to go on or to stop. */
export interface ControlMessage {
  readonly type: 'control';
  readonly command: 'pause' | 'continue' | 'stop';
}
/** Resumes a run that stopped, failed or died, from its last checkpoint. */
export interface ResumeMessage {
  readonly type: 'resume';
}
/** Measures what the trained statistics cost; done once the run's directory holds the answer. */
export interface WhatIfMessage {
  readonly type: 'whatIf';
}
/** Writes a note; the host adds its time and author. */
export interface AddNoteMessage {
  readonly type: 'addNote';
  readonly note: NoteDraft;
}
/** Shows where a site's layer was constructed. */
export interface OpenSiteMessage {
  readonly type: 'openSite';
  readonly site: number;
}
export interface OpenExperimentMessage {
  readonly type: 'openExperiment';
}
export interface ShowLogMessage {
  readonly type: 'showLog';
}

/** What the host does for the page. */
export interface PanelHost {
  hydrate(message: HydrateMessage): RunView;
  control(message: ControlMessage): void;
  resume(message: ResumeMessage): void;
  addNote(message: AddNoteMessage): void;
  whatIf(message: WhatIfMessage): void;
  openSite(message: OpenSiteMessage): void;
  openExperiment(message: OpenExperimentMessage): void;
  showLog(message: ShowLogMessage): void;
}

/** Adds to what the page shows; answered once drawn, so that a busy page is never flooded. */
export interface AppendMessage {
  readonly type: 'append';
  readonly update: RunUpdate;
}
/** Replaces all that the page shows: the run was resumed and rows that it has are void. */
export interface ReplaceMessage {
  readonly type: 'replace';
  readonly view: RunView;
}

/** Says that the run can no longer be read; the page may ask for it again. */
export interface LostMessage {
  readonly type: 'lost';
  readonly error: SerializedError;
}

/** What the page does for the host. */
export interface PanelPage {
  append(message: AppendMessage): void;
  replace(message: ReplaceMessage): void;
  lost(message: LostMessage): void;
}

/** What the page keeps with `setState`, and what revives it after a reload. */
export interface PanelState {
  /** The run directory, absolute. */
  readonly directory: string;
  /** The selected site and pair of domains; none before the first selection. */
  readonly selected?: { readonly site: number; readonly pair: number };
  /** Charts shown as tables, by chart id. */
  readonly tables: readonly string[];
  readonly sort?: { readonly column: string; readonly descending: boolean };
}
