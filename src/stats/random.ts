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
  const order = consecutive(n);
  for (let last = n - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1));
    const moved = order[pick]!;
    order[pick] = order[last]!;
    order[last] = moved;
  }
  return order;
}

/**
 * Draws `size` of the numbers 0 … n − 1, each subset equally likely, using `size` numbers of the
 * stream; ascending.
 */
export function subset(size: number, n: number, random: () => number): Int32Array {
  const order = consecutive(n);
  const isChosen = new Uint8Array(n);
  for (let next = 0; next < size; next++) {
    const pick = next + Math.floor(random() * (n - next));
    isChosen[order[pick]!] = 1;
    order[pick] = order[next]!;
  }
  const chosen = new Int32Array(size);
  for (let index = 0, at = 0; at < size; index++) {
    if (isChosen[index] === 1) chosen[at++] = index;
  }
  return chosen;
}

/** Returns `first` … `first` + n − 1; a loop, for `Int32Array.from` takes twenty times as long. */
export function consecutive(n: number, first = 0): Int32Array {
  const numbers = new Int32Array(n);
  for (let index = 0; index < n; index++) numbers[index] = first + index;
  return numbers;
}
