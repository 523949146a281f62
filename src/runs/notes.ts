import type { RunNote } from '../protocol/events.ts';

/** Appends a person's observation to a run's notes.ndjson and returns it with its time. */
export function addNote(directory: string, note: Omit<RunNote, 't'>): Promise<RunNote> {
  throw new Error(`not yet: ${directory}, ${note.text}`);
}
