import { join } from 'node:path';
import type { RunEvent } from '../protocol/events.ts';
import { hasItsFields } from './eventFields.ts';
import type { FormerEvent } from './formerEvents.ts';
import { LineFollower } from './ndjson.ts';
import { EVENTS } from './paths.ts';

/** Follows a run's events: those that this version knows have all that it reads of them. */
export function followEvents(directory: string): LineFollower<RunEvent | FormerEvent> {
  return new LineFollower(join(directory, EVENTS), 0, hasItsFields);
}

/** Returns the step of a result that a resumption from an earlier step makes void, else 0. */
export function resultStep(event: RunEvent | FormerEvent): number {
  switch (event.type) {
    case 'phase':
    case 'epoch':
    case 'eval':
    case 'mmd':
    case 'divergence':
    case 'flag':
    case 'cleared':
    case 'fault':
    case 'adaptation':
    case 'checkpoint':
      return event.step;
    case 'warning':
      return event.step ?? 0;
    case 'started':
    case 'resumed':
    case 'paused':
    case 'continued':
    case 'heartbeat':
    case 'ended':
      return 0;
  }
}

/** Leaves out the results that a later `resumed` among the events makes void. */
export function validEvents<E extends RunEvent | FormerEvent>(events: readonly E[]): E[] {
  let limit = Infinity;
  const valid: E[] = [];
  for (const event of events.toReversed()) {
    if (event.type === 'resumed') limit = Math.min(limit, event.fromStep);
    if (resultStep(event) <= limit) valid.push(event);
  }
  return valid.reverse();
}
