/** Samples older than this, ms, say nothing of the pace now. */
const WINDOW_MS = 20_000;

/** Estimates how fast a run goes from its latest signs of life. */
export class Pace {
  readonly #samples: { readonly t: number; readonly step: number }[] = [];

  /** Takes the step reached at time `t`, ms; a step back (a resumed run) starts afresh. */
  add(t: number, step: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && step < last.step) this.clear();
    else if (last !== undefined && t <= last.t) return;
    this.#samples.push({ t, step });
    while ((this.#samples[0]?.t ?? t) < t - WINDOW_MS) this.#samples.shift();
  }

  /** Forgets the samples: the run paused or ended. */
  clear(): void {
    this.#samples.length = 0;
  }

  /** Steps per second over the window; null before two samples with a step between them. */
  get stepsPerSecond(): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.step === first.step) return null;
    return (1000 * (last.step - first.step)) / (last.t - first.t);
  }
}
