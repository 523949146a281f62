import type { RunEvent, RunNote, RunStatus } from './events.ts';
import type { RunFile } from './run.ts';
import type { TableName, TableRows } from './tables.ts';

/** New rows by table; a table without new rows is absent. Rows are in the order of their steps. */
export type DeltaTables = { readonly [T in TableName]?: TableRows<T> };

/** What a run directory holds beyond what its reader has delivered before. */
export interface RunDelta {
  /** Forget everything delivered before: this delta is the whole run. Always true of the first. */
  readonly reset: boolean;
  readonly run: RunFile;
  /** Valid events: results that a later attempt made void are left out. */
  readonly events: readonly RunEvent[];
  readonly tables: DeltaTables;
  readonly notes: readonly RunNote[];
  /** One sentence for each file newly found damaged; its intact rest has been read. */
  readonly warnings: readonly string[];
  /** Tables of which rows are known to be missing. */
  readonly damaged: readonly TableName[];
  readonly status: RunStatus;
}
