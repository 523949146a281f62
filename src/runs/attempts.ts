import type { RunEvent } from '../protocol/events.ts';

/** An attempt and the last of its steps that counts. */
export interface Attempt {
  readonly attempt: number;
  /** Its first step is the next one. */
  readonly fromStep: number;
  /** Rows with a later step are void, for a later attempt began again from here. */
  readonly until: number;
}

/** Knows a run's attempts from its events. */
export class Attempts {
  readonly #starts = [{ attempt: 1, fromStep: 0 }];

  add(event: RunEvent): void {
    if (event.type === 'resumed') this.#starts.push(event);
  }

  /** Lists the attempts, oldest first. */
  list(): Attempt[] {
    return this.#starts.map(({ attempt, fromStep }, index) => {
      const later = this.#starts.slice(index + 1).map((start) => start.fromStep);
      return { attempt, fromStep, until: Math.min(Infinity, ...later) };
    });
  }
}
