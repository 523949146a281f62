import { randomStream } from '../stats/random.ts';

/**
 * Replaces `Math.random`, from which tfjs draws weights and dropout masks, by streams named by
 * purpose: two strategies with one seed then draw the same numbers for the same purpose, however
 * much else they draw, and a resumed run needs no generator state.
 */
export class SeededMath {
  readonly #original = Math.random;

  constructor(private readonly seed: number) {}

  /** From here on `Math.random` draws from the stream of this purpose. */
  enter(...purpose: (string | number)[]): void {
    Math.random = randomStream(this.seed, 'Math.random', ...purpose);
  }

  restore(): void {
    Math.random = this.#original;
  }
}
