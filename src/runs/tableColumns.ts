import { Field, Float32, Float64, Int32, Schema } from 'apache-arrow';
import { TABLES } from '../protocol/tables.ts';
import type { ColumnType, TableName } from '../protocol/tables.ts';

/** One column of a table's file. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** What a level keeps of each value over a bin of steps, as suffix of the column's name. */
export const BIN_PARTS = ['min', 'max', 'last'] as const;

const TABLE_NAMES = Object.keys(TABLES) as TableName[];

export const LEVELLED_TABLES = TABLE_NAMES.filter((table) => TABLES[table].levels);

/** Tables that readers follow by default: those without a row for each channel. */
export const FOLLOWED_TABLES = TABLE_NAMES.filter((table) => !keyNames(table).includes('channel'));

/** Names the id columns of a table, in the order of its file. */
export function keyNames(table: TableName): readonly string[] {
  return TABLES[table].keys;
}

/** Names the value columns of a table, in the order of its file. */
export function valueNames(table: TableName): readonly string[] {
  return Object.keys(TABLES[table].values);
}

/** Lists the columns of a table's file: `step`, ids, then values, or min, max and last of each. */
export function tableColumns(table: TableName, level: number): readonly Column[] {
  const ids = ['step', ...keyNames(table)].map((name): Column => ({ name, type: 'int32' }));
  const values = Object.entries(TABLES[table].values).map(([name, type]): Column => ({
    name,
    type,
  }));
  if (level === 0) return [...ids, ...values];
  const bins = values.flatMap(({ name, type }) =>
    BIN_PARTS.map((part): Column => ({ name: `${name}_${part}`, type })),
  );
  return [...ids, ...bins];
}

/** Returns the Arrow schema of columns: none may be null. */
export function arrowSchema(columns: readonly Column[]): Schema {
  return new Schema(columns.map(({ name, type }) => new Field(name, arrowType(type), false)));
}

function arrowType(type: ColumnType): Int32 | Float32 | Float64 {
  switch (type) {
    case 'int32':
      return new Int32();
    case 'float32':
      return new Float32();
    case 'float64':
      return new Float64();
  }
}

/** Makes the typed array that holds a column of `length` values. */
export function columnArray(type: ColumnType, length: number) {
  switch (type) {
    case 'int32':
      return new Int32Array(length);
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
  }
}
