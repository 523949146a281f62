import { randomStream } from '../../src/stats/random.ts';

/** Layers of the ziggurat, a power of two. */
const LAYERS = 128;
/** Where the lowest layer ends and the tail begins, and the area of each layer. */
const TAIL = 3.442619855899;
const AREA = 9.91256303526217e-3;
/** The right ends of the layers, then 0. */
const ENDS = new Float64Array(LAYERS + 1);
/** The density exp(−x²/2) at these. */
const HEIGHTS = new Float64Array(LAYERS + 1);

const density = (x: number): number => Math.exp((-x * x) / 2);
// The lowest layer is as long as a rectangle that has the tail's area too.
ENDS[0] = AREA / density(TAIL);
ENDS[1] = TAIL;
for (let layer = 2; layer < LAYERS; layer++) {
  const below = ENDS[layer - 1]!;
  ENDS[layer] = Math.sqrt(-2 * Math.log(AREA / below + density(below)));
}
for (let layer = 0; layer <= LAYERS; layer++) HEIGHTS[layer] = density(ENDS[layer]!);

/**
 * Numbers for simulations of billions of draws: xoshiro128++ (Blackman & Vigna 2021), and normal
 * numbers by the ziggurat (Marsaglia & Tsang 2000) with separate bits for layer and place. Equal
 * seeds and purposes give equal numbers.
 */
export class FastRandom {
  readonly #state: Int32Array;

  constructor(seed: number, ...purpose: readonly (string | number)[]) {
    const uniform = randomStream(seed, ...purpose);
    this.#state = Int32Array.from({ length: 4 }, () => uniform() * 2 ** 32);
  }

  /** Draws from the open interval (0, 1), 32 bits. */
  uniform(): number {
    return ((this.#next() >>> 0) + 0.5) * 2 ** -32;
  }

  /** Draws from N(0, 1). */
  normal(): number {
    for (;;) {
      const bits = this.#next();
      const layer = bits & (LAYERS - 1);
      const x = (bits >> 7) * 2 ** -24 * ENDS[layer]!;
      if (Math.abs(x) < ENDS[layer + 1]!) return x;
      if (layer === 0) return Math.sign(x) * this.#tail();
      const low = HEIGHTS[layer]!;
      const high = HEIGHTS[layer + 1]!;
      if (low + this.uniform() * (high - low) < density(x)) return x;
    }
  }

  /** Draws what a normal number is beyond `TAIL` (Marsaglia 1964). */
  #tail(): number {
    for (;;) {
      const beyond = -Math.log(this.uniform()) / TAIL;
      if (-2 * Math.log(this.uniform()) > beyond * beyond) return TAIL + beyond;
    }
  }

  #next(): number {
    const state = this.#state;
    const a = state[0]!;
    const b = state[1]!;
    const sum = (a + state[3]!) | 0;
    const c = state[2]! ^ a;
    const d = state[3]! ^ b;
    state[0] = a ^ d;
    state[1] = b ^ c;
    state[2] = c ^ (b << 9);
    state[3] = (d << 11) | (d >>> 21);
    return (((sum << 7) | (sum >>> 25)) + a) | 0;
  }
}
