/** The step that all charts point at together. */
export class Cursor {
  #step: number | null = null;
  readonly #listeners: ((step: number | null) => void)[] = [];

  get step(): number | null {
    return this.#step;
  }

  /** Points at a step, or nowhere. */
  moveTo(step: number | null): void {
    if (step === this.#step) return;
    this.#step = step;
    for (const listener of this.#listeners) listener(step);
  }

  onMove(listener: (step: number | null) => void): void {
    this.#listeners.push(listener);
  }
}
