import type { ControlLine } from '../protocol/control.ts';

/** Why training should end before its last step. */
export type StopReason = 'stopped' | 'lease';

/** Gives the control lines written since the last call. */
export interface ControlSource {
  poll(): Promise<readonly ControlLine[]>;
}

/**
 * Holds what readers asked of a run: pause, stop, and until when somebody watches.
 * A run that never had a lease goes on unwatched.
 */
export class Supervisor {
  #paused = false;
  #stopped = false;
  #leaseUntil = Infinity;

  constructor(
    private readonly control: ControlSource,
    /** A clock that stands still while the machine sleeps, ms. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Asks the run to stop, as a `stop` line would; for signals. */
  stop(): void {
    this.#stopped = true;
  }

  /** Reads the control file once. */
  async poll(): Promise<void> {
    for (const line of await this.control.poll()) this.#take(line);
  }

  isPaused(): boolean {
    return this.#paused;
  }

  /** Why the run should end now; null to go on. */
  stopReason(): StopReason | null {
    if (this.#stopped) return 'stopped';
    return this.now() > this.#leaseUntil ? 'lease' : null;
  }

  #take(line: ControlLine): void {
    switch (line.type) {
      case 'pause':
        this.#paused = true;
        break;
      case 'continue':
        this.#paused = false;
        break;
      case 'stop':
        this.#stopped = true;
        break;
      case 'lease':
        // The line's own length counts, from when it is read: clocks of two machines may differ.
        this.#leaseUntil = this.now() + line.until - line.t;
        break;
      case 'release':
        this.#leaseUntil = Infinity;
        break;
    }
  }
}
