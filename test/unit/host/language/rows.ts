import type {
  TableColumns,
  TableName,
  TableRows,
  TableRow,
} from '../../../../src/protocol/tables.ts';
import { TABLES } from '../../../../src/protocol/tables.ts';

/** Puts rows of the table `sites` in columns; values not given are 0. */
export function siteRows(rows: readonly Partial<TableRow<'sites'>>[]): TableRows<'sites'> {
  return columnsOf('sites', rows);
}

/** Puts rows of the table `pairs` in columns; values not given are 0. */
export function pairRows(rows: readonly Partial<TableRow<'pairs'>>[]): TableRows<'pairs'> {
  return columnsOf('pairs', rows);
}

/** Puts rows of the table `mmd` in columns; values not given are 0. */
export function mmdRows(rows: readonly Partial<TableRow<'mmd'>>[]): TableRows<'mmd'> {
  return columnsOf('mmd', rows);
}

/** Puts rows of the table `mmdWindows` in columns; values not given are 0. */
export function mmdWindowRows(
  rows: readonly Partial<TableRow<'mmdWindows'>>[],
): TableRows<'mmdWindows'> {
  return columnsOf('mmdWindows', rows);
}

function columnsOf<T extends TableName>(
  table: T,
  rows: readonly Partial<TableRow<T>>[],
): TableRows<T> {
  const cell = (row: Partial<TableRow<T>>, name: string): number =>
    (row as Readonly<Record<string, number>>)[name] ?? 0;
  const ids = ['step', ...TABLES[table].keys].map((name) => [
    name,
    Int32Array.from(rows, (row) => cell(row, name)),
  ]);
  const values = Object.keys(TABLES[table].values).map((name) => [
    name,
    Float64Array.from(rows, (row) => cell(row, name)),
  ]);
  const columns = Object.fromEntries([...ids, ...values]) as TableColumns<T>;
  const bounds = Object.fromEntries(values) as TableRows<T>['min'];
  return { ...columns, min: bounds, max: bounds };
}
