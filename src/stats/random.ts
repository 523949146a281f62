import seedrandom from 'seedrandom';

/**
 * Opens the stream of uniform numbers in [0, 1) that belongs to a seed and a purpose.
 *
 * Equal arguments give the same stream on every machine, and different purposes give unrelated
 * ones, so that what one part of a run draws never changes what another part draws (Alea generator
 * of the seedrandom package, 32 bits a number).
 */
export function randomStream(seed: number, ...purpose: readonly (string | number)[]): () => number {
  return seedrandom.alea(JSON.stringify([seed, ...purpose]));
}

/** Draws a uniformly random order of 0 … n − 1 (Fisher-Yates), using n − 1 numbers of the stream. */
export function permutation(n: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, index) => index);
  for (let last = n - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1));
    const moved = order[pick]!;
    order[pick] = order[last]!;
    order[last] = moved;
  }
  return order;
}
