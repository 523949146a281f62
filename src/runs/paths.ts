import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { TableName } from '../protocol/tables.ts';

/** Files of a run directory. */
export const RUN_JSON = 'run.json';
export const EVENTS = 'events.ndjson';
export const NOTES = 'notes.ndjson';
export const CONTROL = 'control.ndjson';
export const WHAT_IF = 'whatif.json';
export const CHECKPOINTS = 'checkpoints';

const ROOT_MARKS = ['.bn-lens', 'package.json', '.git'];

/**
 * Finds the project of a file: its nearest ancestor folder that holds `.bn-lens`, `package.json` or
 * `.git`, else the file's own folder. Returns an absolute path.
 */
export function projectRoot(file: string): string {
  const own = dirname(resolve(file));
  for (let folder = own; ; folder = dirname(folder)) {
    if (ROOT_MARKS.some((mark) => existsSync(join(folder, mark)))) return folder;
    if (folder === dirname(folder)) return own;
  }
}

/** Names the folder that holds a project's runs. */
export function runsDirectory(root: string): string {
  return join(root, '.bn-lens', 'runs');
}

/** Names a table's file in a run directory; level 0 holds every step. */
export function tableFile(table: TableName, attempt: number, level = 0): string {
  return level === 0 ? `${table}-${attempt}.arrow` : `${table}-${attempt}.L${level}.arrow`;
}
