import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { LineFollower } from './ndjson.ts';

/** What is known of a file of lines, whatever they hold. */
type Lines = Pick<LineFollower<never>, 'file' | 'damagedLine'>;

/** Says in a sentence that a file of lines is damaged; nothing of an intact one. */
export function damagedLines({ file, damagedLine }: Lines, run: string): string[] {
  if (damagedLine === null) return [];
  return [`${basename(file)} of run ${run} is damaged: line ${damagedLine} cannot be read.`];
}

/** Says in a sentence that an intact part of a table's file stands behind something unreadable. */
export function damagedTable(file: string, run: string): string {
  return `${basename(file)} of run ${run} is damaged: a part of it is missing.`;
}

/** Says in a sentence that a table's file has rows up to step `reached` only, not to `expected`. */
export function cutTable(file: string, run: string, reached: number, expected: number): string {
  const what = `${basename(file)} of run ${run}`;
  if (!existsSync(file)) return `${what} is missing.`;
  return `${what} is damaged: the rows of the steps ${reached + 1} to ${expected} are missing.`;
}
