import type { RunEvent } from '../protocol/events.ts';

/** Leaves out what earlier attempts at a run did. */
export function lastAttempt(events: readonly RunEvent[]): readonly RunEvent[] {
  const begin = events.findLastIndex(({ type }) => type === 'started' || type === 'resumed');
  return events.slice(Math.max(begin, 0));
}
