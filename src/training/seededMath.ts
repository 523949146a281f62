import { randomStream } from '../stats/random.ts';

type Purpose = readonly (string | number)[];

/**
 * Replaces `Math.random`, from which tfjs draws weights and dropout masks, by streams named by
 * purpose: two strategies with one seed then draw the same numbers for the same purpose, however
 * much else they draw, and a resumed run needs no generator state.
 */
export class SeededMath {
  readonly #original = Math.random;
  #purpose: Purpose = [];
  /** How often each part was within the present purpose. */
  readonly #visits = new Map<string, number>();

  constructor(private readonly seed: number) {}

  /** From here on `Math.random` draws from the stream of this purpose. */
  enter(...purpose: Purpose): void {
    this.#purpose = purpose;
    this.#visits.clear();
    Math.random = this.#stream(purpose);
  }

  /**
   * Runs an action that draws from a stream of its own: that of a part of the present purpose,
   * another one each time.
   */
  within<Result>(part: string, action: () => Result): Result {
    const visit = this.#visits.get(part) ?? 0;
    this.#visits.set(part, visit + 1);
    const outside = Math.random;
    Math.random = this.#stream([...this.#purpose, part, visit]);
    try {
      return action();
    } finally {
      Math.random = outside;
    }
  }

  restore(): void {
    Math.random = this.#original;
  }

  /** Opens a stream with its first number, since most are never drawn from. */
  #stream(purpose: Purpose): () => number {
    let stream: (() => number) | undefined;
    return () => {
      stream ??= randomStream(this.seed, 'Math.random', ...purpose);
      return stream();
    };
  }
}
