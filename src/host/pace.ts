import type { RunStatus } from '../protocol/events.ts';

/** Samples older than this, ms, say nothing of the pace now. */
const WINDOW_MS = 20_000;

/** Measures a run's speed over its latest signs of life without an interruption. */
export class Pace {
  #samples: { readonly t: number; readonly step: number }[] = [];

  /**
   * Takes the run's status as it is now and returns its speed in steps a second; null while the
   * run stands and before two signs of life with a step between them.
   */
  update({ state, lastSign, step }: Pick<RunStatus, 'state' | 'lastSign' | 'step'>): number | null {
    const newest = this.#samples.at(-1);
    // A step back is a resumed run.
    if (state !== 'running' || lastSign === null || step < (newest?.step ?? 0)) this.#samples = [];
    if (state !== 'running' || lastSign === null) return null;

    if (lastSign !== newest?.t) this.#samples.push({ t: lastSign, step });
    this.#samples = this.#samples.filter(({ t }) => t >= lastSign - WINDOW_MS);
    const first = this.#samples.at(0);
    if (first === undefined || step === first.step) return null;
    return (1000 * (step - first.step)) / (lastSign - first.t);
  }
}
