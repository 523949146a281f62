import type { TableName, TableRows } from '../protocol/tables.ts';
import { AttemptReader } from './attemptReader.ts';
import { Attempts } from './attempts.ts';
import { isKnown } from './eventFields.ts';
import { followEvents } from './events.ts';
import { joinRows } from './tableRows.ts';
import type { RowRange } from './tableRows.ts';

/**
 * Reads the valid rows of a table, of all attempts, with `after` < step ≤ `until`.
 * Throws a UserError when a file cannot be read.
 */
export async function readSteps<T extends TableName>(
  directory: string,
  table: T,
  after: number,
  until: number,
): Promise<TableRows<T>> {
  const attempts = new Attempts();
  for (const event of (await followEvents(directory).poll()).filter(isKnown)) attempts.add(event);
  let ranges: RowRange[] = [];
  for (const attempt of attempts.list()) {
    const reader = new AttemptReader(directory, table, attempt.attempt, 0, after);
    ranges = ranges.concat(await reader.poll(Math.min(until, attempt.until)));
  }
  return joinRows(table, ranges);
}
