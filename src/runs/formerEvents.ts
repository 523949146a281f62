import { distanceColumns, type RecordedDistance } from '../protocol/distances.ts';
import type { RunEvent } from '../protocol/events.ts';
import type { DistanceName, TableName, TableRow } from '../protocol/tables.ts';
import { columnArray, tableColumns } from './tableColumns.ts';
import type { Batch } from './tableFollower.ts';

/** What earlier versions wrote as a line where there is a row of `distances` now. */
type FormerDivergence = { readonly type: 'divergence'; readonly t: number } & Pick<
  TableRow<'distances'>,
  'step' | 'site' | 'pair' | 'channels' | 'n' | 'm'
> &
  Readonly<Record<DistanceName, RecordedDistance<number | null>>>;

/** The same of `mmd` and `mmdClasses`. */
type FormerMmd = { readonly type: 'mmd'; readonly t: number; readonly mmd2: number | null } & Pick<
  TableRow<'mmd'>,
  'step' | 'site' | 'pair' | 'n' | 'm'
> & {
    /** σ of each kernel, ascending; the σ² of each is half that of the next. */
    readonly bandwidths: readonly number[];
    readonly permutationTest?: { readonly p: number | null; readonly permutations: number };
    readonly classes?: readonly {
      readonly label: number;
      readonly mmd2: number | null;
      readonly n: number;
      readonly m: number;
    }[];
  };

/** A line of events.ndjson that only earlier versions wrote. */
export type FormerEvent = FormerDivergence | FormerMmd;

/** A row's cells by column; null if unknown. */
type Cells = Readonly<Record<string, number | null>>;

/** What is in the tables now. */
const ROWS: Readonly<Partial<Record<TableName, (event: FormerEvent) => Cells[]>>> = {
  distances: (event) => (event.type === 'divergence' ? [distanceCells(event)] : []),
  mmd: (event) => (event.type === 'mmd' ? [mmdCells(event)] : []),
  mmdClasses: (event) => (event.type === 'mmd' ? classCells(event) : []),
};

/** Tells whether only earlier versions wrote a line. */
export function isFormer(event: RunEvent | FormerEvent): event is FormerEvent {
  return event.type === 'divergence' || event.type === 'mmd';
}

/** Turns what earlier versions wrote as lines into rows of a table; null if there are none. */
export function formerRows(table: TableName, events: readonly FormerEvent[]): Batch | null {
  const rows = events.flatMap((event) => ROWS[table]?.(event) ?? []);
  if (rows.length === 0) return null;
  return new Map(
    tableColumns(table, 0).map(({ name, type }) => {
      const column = columnArray(type, rows.length);
      rows.forEach((row, index) => {
        column[index] = row[name] ?? NaN;
      });
      return [name, column];
    }),
  );
}

function distanceCells(event: FormerDivergence): Cells {
  const { step, site, pair, channels, n, m } = event;
  return { step, site, pair, channels, n, m, ...distanceColumns(event) };
}

function mmdCells(event: FormerMmd): Cells {
  const { step, site, pair, mmd2, bandwidths, n, m, permutationTest } = event;
  return {
    step,
    site,
    pair,
    mmd2,
    p: permutationTest?.p ?? null,
    permutations: permutationTest?.permutations ?? 0,
    bandwidth: bandwidths.at(-1) ?? null,
    kernels: bandwidths.length,
    n,
    m,
  };
}

function classCells({ step, site, pair, classes = [] }: FormerMmd): Cells[] {
  return classes.map(({ label, mmd2, n, m }) => ({ step, site, pair, class: label, mmd2, n, m }));
}
