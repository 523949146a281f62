import { TABLES } from './tables.ts';
import type { TableColumns, TableName, TableRow, TableRows } from './tables.ts';

/** Returns one of the rows, of a level the last of its bin. */
export function rowAt<T extends TableName>(
  table: T,
  rows: TableColumns<T>,
  row: number,
): TableRow<T> {
  const columns: Readonly<Record<string, ArrayLike<number>>> = rows;
  const names = ['step', ...TABLES[table].keys, ...Object.keys(TABLES[table].values)];
  return Object.fromEntries(names.map((name) => [name, columns[name]![row]!])) as TableRow<T>;
}

/** Lists the last row of each combination of ids; rows come in the order of their steps. */
export function latestRows<T extends TableName>(
  table: T,
  rows: TableColumns<T> | undefined,
): TableRow<T>[] {
  if (rows === undefined) return [];
  return latestIndices(table, rows).map((row) => rowAt(table, rows, row));
}

/** Keeps the last row of each combination of ids, of a table without levels. */
export function keepLatest<T extends TableName>(table: T, rows: TableRows<T>): TableRows<T> {
  const kept = latestIndices(table, rows);
  const columns = rows as unknown as Readonly<Record<string, ArrayLike<number>>>;
  const pick = (name: string) => (row: number) => columns[name]![row]!;
  const ids: Readonly<Record<string, Int32Array>> = Object.fromEntries(
    ['step', ...TABLES[table].keys].map((name) => [name, Int32Array.from(kept, pick(name))]),
  );
  const values: Readonly<Record<string, Float64Array>> = Object.fromEntries(
    Object.keys(TABLES[table].values).map((name) => [name, Float64Array.from(kept, pick(name))]),
  );
  return { ...ids, ...values, min: values, max: values } as unknown as TableRows<T>;
}

function latestIndices<T extends TableName>(table: T, rows: TableColumns<T>): number[] {
  const ids = TABLES[table].keys.map(
    (name) => (rows as Readonly<Record<string, Int32Array>>)[name]!,
  );
  const latest = new Map<string, number>();
  const step: Int32Array = rows.step;
  for (let row = 0; row < step.length; row++) {
    latest.set(ids.map((column) => column[row]!).join(), row);
  }
  return [...latest.values()];
}
