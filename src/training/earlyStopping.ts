/** What validation says of the model at one epoch; lower loss breaks ties of accuracy. */
export interface ValidationScore {
  readonly accuracy: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
}

/** The state of {@link EarlyStopping}, as a checkpoint keeps it. */
export interface EarlyStoppingState {
  readonly best: (ValidationScore & { readonly step: number }) | null;
  readonly epochsSinceBest: number;
}

/** Remembers the best validation score and says when `patience` epochs brought nothing better. */
export class EarlyStopping {
  #state: EarlyStoppingState;

  /** Without `patience` it never asks to stop, and still remembers the best. */
  constructor(
    private readonly patience: number | undefined,
    state: EarlyStoppingState = { best: null, epochsSinceBest: 0 },
  ) {
    this.#state = state;
  }

  get state(): EarlyStoppingState {
    return this.#state;
  }

  /** Takes one epoch's score; true when it is the best so far. */
  observe(score: ValidationScore, step: number): boolean {
    const { best, epochsSinceBest } = this.#state;
    if (best !== null && !isBetter(score, best)) {
      this.#state = { best, epochsSinceBest: epochsSinceBest + 1 };
      return false;
    }
    this.#state = { best: { ...score, step }, epochsSinceBest: 0 };
    return true;
  }

  get exhausted(): boolean {
    return this.patience !== undefined && this.#state.epochsSinceBest >= this.patience;
  }
}

function isBetter(a: ValidationScore, b: ValidationScore): boolean {
  return a.accuracy > b.accuracy || (a.accuracy === b.accuracy && a.loss < b.loss);
}
