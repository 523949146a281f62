import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { normalStream } from '../../src/stats/normal.ts';
import { randomStream } from '../../src/stats/random.ts';
import { draw, handwrittenDigits, type Digit } from '../system/handwrittenDigits.ts';

const SIDE = 28;
const CLEAN = 2000;
const TEXTURED = 1500;
/** A texture has a colour of its own at so many points a side, and blends between them. */
const POINTS = 5;
/** Standard deviation of the grain, as a share of the range. */
const GRAIN = 0.08;

/**
 * Writes the pair `texture` into a folder, the same each time: handwritten digits as they are, and
 * other ones on blurred random colours, which they invert: |ground − ink| and grain in each channel.
 */
export function writeTextureData(folder: string): void {
  const digits = draw(handwrittenDigits(), CLEAN + TEXTURED, 1);
  const uniform = randomStream(1, 'texture');
  const normal = normalStream(uniform);
  mkdirSync(folder, { recursive: true });
  write(folder, 'clean', digits.slice(0, CLEAN), (ink) => Uint8Array.of(ink, ink, ink));
  let ground = drawTexture(uniform);
  write(folder, 'textured', digits.slice(CLEAN), (ink, pixel) => {
    if (pixel === 0) ground = drawTexture(uniform);
    return Uint8Array.from(ground(pixel), (value) => {
      const grainy = Math.abs(value - ink / 255) + GRAIN * normal();
      return Math.round(255 * Math.min(1, Math.max(0, grainy)));
    });
  });
}

/** Draws a texture: red, green and blue, 0 to 1, by pixel. */
function drawTexture(uniform: () => number): (pixel: number) => number[] {
  const colours = Array.from({ length: POINTS * POINTS }, () => [uniform(), uniform(), uniform()]);
  const colour = (row: number, column: number) => colours[row * POINTS + column] ?? [0, 0, 0];
  return (pixel) => {
    const scale = (POINTS - 1) / SIDE;
    const [y, x] = [Math.floor(pixel / SIDE) * scale, (pixel % SIDE) * scale];
    const [row, column] = [Math.floor(y), Math.floor(x)];
    const [down, right] = [y - row, x - column];
    return [0, 1, 2].map(
      (channel) =>
        (1 - down) * (1 - right) * colour(row, column)[channel]! +
        (1 - down) * right * colour(row, column + 1)[channel]! +
        down * (1 - right) * colour(row + 1, column)[channel]! +
        down * right * colour(row + 1, column + 1)[channel]!,
    );
  };
}

/** Writes digits as IDX, [n, 28, 28, 3], `paint` giving the colour of each pixel in turn. */
function write(
  folder: string,
  name: string,
  digits: readonly Digit[],
  paint: (ink: number, pixel: number) => Uint8Array,
): void {
  const images = digits.flatMap(({ pixels }) => Array.from(pixels, paint));
  const labels = Uint8Array.from(digits, ({ label }) => label);
  writeFileSync(
    join(folder, `${name}-images.idx`),
    Buffer.concat([header(digits.length, SIDE, SIDE, 3), ...images]),
  );
  writeFileSync(join(folder, `${name}-labels.idx`), Buffer.concat([header(digits.length), labels]));
}

/** The beginning of an IDX file of unsigned bytes. */
function header(...shape: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * shape.length);
  bytes.set([0, 0, 0x08, shape.length]);
  shape.forEach((length, axis) => bytes.writeInt32BE(length, 4 + 4 * axis));
  return bytes;
}
