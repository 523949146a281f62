import type { RunEvent, RunNote, RunStatus } from './events.ts';
import type { RunFile } from './run.ts';
import type { TableColumns, TableName, TableValue } from './tables.ts';

/** The tables that the page draws. */
export const CHARTED_TABLES = ['steps', 'sites', 'pairs'] as const satisfies readonly TableName[];
export type ChartedTable = (typeof CHARTED_TABLES)[number];

/** Rows as they were written, by table; a table without rows may be absent. */
export type TableRows = { readonly [T in ChartedTable]?: TableColumns<T> };

/**
 * A table summed up for a long run: one row per key for every `width` steps, in columns.
 * `last` holds ids, the last step of each stretch and the values there; `min` and `max` bound the
 * values over the stretch and have its length.
 */
export interface SummedTable<T extends ChartedTable> {
  readonly width: number;
  readonly last: TableColumns<T>;
  readonly min: Readonly<Record<TableValue<T>, Float64Array>>;
  readonly max: Readonly<Record<TableValue<T>, Float64Array>>;
}

/** What run.json holds, without the texts of user modules. */
export type PanelRun = Omit<RunFile, 'modules'>;

/** The events that the page shows; heartbeats reach it as status and pace. */
export type PanelEvent = Extract<
  RunEvent,
  { readonly type: 'eval' | 'mmd' | 'flag' | 'warning' | 'ended' | 'resumed' }
>;

/** How fast a live run goes, from its latest heartbeats. */
export interface RunPace {
  readonly stepsPerSecond: number;
  /** All domains together. */
  readonly imagesPerSecond: number;
}

/** What changed in a run since the page last heard of it. */
export interface RunAddition {
  readonly status: RunStatus;
  /** Null when the run is not training now or the pace is not known yet. */
  readonly pace: RunPace | null;
  readonly rows: TableRows;
  readonly events: readonly PanelEvent[];
  readonly notes: readonly RunNote[];
}

/** A whole run as the page first hears of it: summed-up history, then the rows after it. */
export interface RunView extends RunAddition {
  /** The run directory, absolute. */
  readonly directory: string;
  readonly run: PanelRun;
  readonly history: { readonly [T in ChartedTable]?: SummedTable<T> };
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
  openSite(message: OpenSiteMessage): void;
  openExperiment(message: OpenExperimentMessage): void;
  showLog(message: ShowLogMessage): void;
}

/** New rows and events; answered once drawn, so that a busy page is never flooded. */
export interface AppendMessage {
  readonly type: 'append';
  readonly addition: RunAddition;
}
/** Replaces everything: the run was resumed and rows that the page has are void. */
export interface ReplaceMessage {
  readonly type: 'replace';
  readonly view: RunView;
}

/** What the page does for the host. */
export interface PanelPage {
  append(message: AppendMessage): void;
  replace(message: ReplaceMessage): void;
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
