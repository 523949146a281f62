const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Tells who listens that the process should end: after a signal, or as nobody reads its output. */
export class Interrupts {
  readonly #listeners = new Set<() => void>();
  #happened = false;

  /** Calls back at every interrupt; returns the function that ends it. Without a listener signals kill. */
  on(listener: () => void): () => void {
    if (this.#listeners.size === 0)
      for (const signal of SIGNALS) process.on(signal, this.#interrupt);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      for (const signal of SIGNALS) process.off(signal, this.#interrupt);
    };
  }

  /** Interrupts once, however many outputs close: with a terminal they and a signal come together. */
  outputClosed(): void {
    if (!this.#happened) this.#interrupt();
  }

  readonly #interrupt = (): void => {
    this.#happened = true;
    for (const listener of [...this.#listeners]) listener();
  };
}
