import type { RunEventBody } from '../protocol/events.ts';
import type { RunFile } from '../protocol/run.ts';
import type { TableName, TableRow } from '../protocol/tables.ts';

/** What the trainer knows before the first step; the writer adds the rest. */
export type RunFileInit = Omit<RunFile, 'schema' | 'name' | 'created' | 'host'>;

/** Appends to one run directory: the only writer of its run.json, events and tables. */
export class RunWriter {
  private constructor(
    /** Absolute path of the run directory. */
    readonly directory: string,
    readonly run: RunFile,
    /** From 1; a resumed run writes a new attempt. */
    readonly attempt: number,
  ) {}

  /** Creates a run directory in `runs` with its run.json and writes `started`. */
  static create(runs: string, init: RunFileInit): RunWriter {
    throw new Error(`not yet: ${runs}, ${init.strategy}`);
  }

  /** Opens the next attempt of a run that is not alive and writes `resumed`. */
  static resume(directory: string, fromStep: number): Promise<RunWriter> {
    throw new Error(`not yet: ${directory}, ${fromStep}`);
  }

  /** Adds one row; it is in the file at the latest 100 ms later. */
  append<T extends TableName>(table: T, row: TableRow<T>): void {
    throw new Error(`not yet: ${table}, ${row.step}`);
  }

  /** Writes one line of events.ndjson at once, after all rows appended before it. */
  event(body: RunEventBody): void {
    throw new Error(`not yet: ${body.type}`);
  }

  /** Writes what is buffered and closes the files; a second call does nothing. */
  close(): void {
    throw new Error('not yet');
  }
}
