import { permutation } from '../stats/random.ts';

/** Points in space, [count, dimensions] in row order. */
export interface Points {
  readonly values: Float64Array;
  readonly count: number;
  readonly dimensions: number;
}

const FIRST_CAPACITY = 1_024;

/** Keeps points of a stream whose length is not known, each equally likely (Vitter 1985, R). */
export class PointReservoir {
  #values: Float64Array;
  #kept = 0;
  #seen = 0;

  /** @param random uniform numbers in [0, 1), drawn once `most` points are kept, and in the end */
  constructor(
    private readonly dimensions: number,
    private readonly most: number,
    private readonly random: () => number,
  ) {
    this.#values = new Float64Array(FIRST_CAPACITY * dimensions);
  }

  add(point: Float64Array): void {
    this.#seen++;
    const isFull = this.#kept === this.most;
    const place = isFull ? Math.floor(this.random() * this.#seen) : this.#kept++;
    if (place >= this.most) return;
    const at = place * this.dimensions;
    if (at === this.#values.length) this.#grow();
    this.#values.set(point, at);
  }

  /** Returns what was kept in random order. */
  points(): Points {
    const { dimensions } = this;
    const values = new Float64Array(this.#kept * dimensions);
    permutation(this.#kept, this.random).forEach((from, to) => {
      const start = from * dimensions;
      values.set(this.#values.subarray(start, start + dimensions), to * dimensions);
    });
    return { values, count: this.#kept, dimensions };
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#values.length);
    larger.set(this.#values);
    this.#values = larger;
  }
}
