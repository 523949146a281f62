import type { TableName, TableRows } from '../protocol/tables.ts';
import { keyNames, valueNames } from './tableColumns.ts';
import type { Batch } from './tableFollower.ts';

/** Rows `from` to before `to` of a batch. */
export interface RowRange {
  readonly batch: Batch;
  /** Whether the rows are of a level, each standing for a bin of steps. */
  readonly binned: boolean;
  readonly from: number;
  readonly to: number;
}

/** Chooses the rows of a batch with `after` < step ≤ `until`; null when there are none. */
export function rowsBetween(
  batch: Batch,
  binned: boolean,
  after: number,
  until: number,
): RowRange | null {
  const steps = batch.get('step') ?? new Int32Array();
  let from = 0;
  while (from < steps.length && steps[from]! <= after) from++;
  let to = steps.length;
  while (to > from && steps[to - 1]! > until) to--;
  return to > from ? { batch, binned, from, to } : null;
}

/** Chooses all rows of a batch. */
export function wholeBatch(batch: Batch): RowRange {
  return { batch, binned: false, from: 0, to: batch.get('step')?.length ?? 0 };
}

/** Returns the step of a range's last row. */
export function lastStep({ batch, to }: RowRange): number {
  return batch.get('step')?.[to - 1] ?? 0;
}

/** Joins rows of one table; a column that its file lacks is NaN, or 0 among the ids. */
export function joinRows<T extends TableName>(table: T, ranges: readonly RowRange[]): TableRows<T> {
  const length = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const ids = (name: string) => fill(new Int32Array(length), ranges, () => name);
  const values = (part: 'min' | 'max' | 'last') =>
    Object.fromEntries(
      valueNames(table).map((name) => [
        name,
        fill(new Float64Array(length).fill(NaN), ranges, ({ binned }) =>
          binned ? `${name}_${part}` : name,
        ),
      ]),
    );
  const last = values('last');
  const binned = ranges.some((range) => range.binned);
  return {
    ...Object.fromEntries(['step', ...keyNames(table)].map((name) => [name, ids(name)])),
    ...last,
    min: binned ? values('min') : last,
    max: binned ? values('max') : last,
  } as unknown as TableRows<T>;
}

function fill<A extends Int32Array | Float64Array>(
  into: A,
  ranges: readonly RowRange[],
  column: (range: RowRange) => string,
): A {
  let at = 0;
  for (const range of ranges) {
    const source = range.batch.get(column(range));
    if (source !== undefined) into.set(source.subarray(range.from, range.to), at);
    at += range.to - range.from;
  }
  return into;
}
