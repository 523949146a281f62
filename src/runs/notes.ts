import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { RunNote } from '../protocol/events.ts';
import { appendLine } from './ndjson.ts';
import { NOTES } from './paths.ts';

/** Names whoever uses this process, for their notes; in a container they may have no account. */
export function noteAuthor(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'unknown';
  }
}

/**
 * Appends a person's observation to a run's notes.ndjson and returns it with its time.
 * Throws a UserError when it cannot be written.
 */
export async function addNote(directory: string, note: Omit<RunNote, 't'>): Promise<RunNote> {
  const timed: RunNote = { t: Date.now(), ...note };
  await appendLine(join(directory, NOTES), timed);
  return timed;
}
