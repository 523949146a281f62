import type { ClearedEvent, FlagEvent, RunEvent } from '../protocol/events.ts';

/** A flag with the event that took it back, if any did. */
export interface FlagHistory {
  readonly flag: FlagEvent;
  readonly cleared?: ClearedEvent;
}

/** Pairs the flags among a run's valid events with what took them back, in the order of raising. */
export function flagHistory(events: readonly RunEvent[]): FlagHistory[] {
  const cleared = events.filter((event) => event.type === 'cleared');
  return events
    .filter((event) => event.type === 'flag')
    .map((flag) => {
      const end = cleared.find(
        ({ site, pair, raisedAt }) =>
          site === flag.site && pair === flag.pair && raisedAt === flag.step,
      );
      return { flag, ...(end && { cleared: end }) };
    });
}

/** Returns the flags that nothing has taken back. */
export function activeFlags(events: readonly RunEvent[]): FlagEvent[] {
  return flagHistory(events).flatMap(({ flag, cleared }) => (cleared === undefined ? [flag] : []));
}
