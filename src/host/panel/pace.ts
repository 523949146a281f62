import type { RunEvent } from '../../protocol/events.ts';

/** Heartbeats older than this before the latest one do not count, ms. */
const WINDOW_MS = 10_000;

const INTERRUPTIONS: ReadonlySet<RunEvent['type']> = new Set([
  'started',
  'resumed',
  'paused',
  'continued',
  'ended',
]);

/** Measures a run's speed over its latest heartbeats without an interruption. */
export class Pace {
  #beats: { readonly t: number; readonly step: number }[] = [];

  /** Hears the run's next event. */
  hear(event: RunEvent): void {
    if (INTERRUPTIONS.has(event.type)) this.#beats = [];
    if (event.type !== 'heartbeat') return;
    this.#beats = this.#beats.filter(({ t }) => t >= event.t - WINDOW_MS);
    this.#beats.push(event);
  }

  /** Steps a second; null before there are two heartbeats. */
  get stepsPerSecond(): number | null {
    const first = this.#beats.at(0);
    const last = this.#beats.at(-1);
    if (first === undefined || last === undefined || last.t <= first.t) return null;
    return ((last.step - first.step) * 1_000) / (last.t - first.t);
  }
}
