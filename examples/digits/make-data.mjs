// Makes this example's data: node examples/digits/make-data.mjs
// real: handwritten digits of MNIST; synthetic: digits drawn from typefaces, see README.md.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import seedrandom from 'seedrandom';
import { drawDigit, openFace, SIDE } from './typeset.mjs';

const REAL_PER_DIGIT = 150;
const SYNTHETIC_PER_DIGIT = 400;

const FACES = [
  openFace('libre-baskerville'),
  openFace('libre-baskerville', 400, 'italic'),
  openFace('arvo'),
  openFace('josefin-slab', 600),
  openFace('fjalla-one'),
  openFace('bebas-neue'),
  openFace('courier-prime'),
  openFace('space-mono'),
  openFace('space-mono', 700, 'italic'),
  openFace('abril-fatface'),
  openFace('righteous'),
  openFace('lobster'),
];

const random = seedrandom.alea('digits');
const uniform = (low, high) => low + (high - low) * random();
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** A typeset digit on an unevenly lit, grainy ground that is darker than it. */
function synthetic(digit) {
  const face = FACES[Math.floor(random() * FACES.length)];
  const coverage = drawDigit(face, digit, {
    height: uniform(15, 24),
    width: uniform(0.8, 1.25),
    slant: uniform(-0.3, 0.3),
    rotation: uniform(-0.25, 0.25),
    thickness: uniform(0, 0.9),
    right: uniform(-2, 2),
    down: uniform(-2, 2),
  });
  const ground = uniform(0.1, 0.4);
  const ink = uniform(0.65, 1);
  const [tiltRight, tiltDown] = [uniform(-0.15, 0.15), uniform(-0.15, 0.15)];
  const grain = uniform(0.02, 0.07);
  return Uint8Array.from(coverage, (covered, pixel) => {
    const right = (pixel % SIDE) / SIDE - 0.5;
    const down = Math.floor(pixel / SIDE) / SIDE - 0.5;
    const lit = ground + tiltRight * right + tiltDown * down;
    return grey(lit + (ink - lit) * covered + grain * normal());
  });
}

/** One of 16 greys: finer ones would only be noise that no compression can shrink. */
function grey(value) {
  return Math.round(Math.min(1, Math.max(0, value)) * 15) * 17;
}

function handwritten(digit, index) {
  return Uint8Array.from(mnist[digit].get(index), (value) => Math.round(value * 255));
}

/** Shuffles in place (Fisher and Yates). */
function shuffled(items) {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

function dataset(perDigit, draw) {
  const examples = Array.from({ length: 10 * perDigit }, (_, i) => ({
    label: i % 10,
    pixels: draw(i % 10, Math.floor(i / 10)),
  }));
  return shuffled(examples);
}

/** Writes unsigned bytes in MNIST's IDX format, gzipped. */
function writeIdx(name, shape, bytes) {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 0x08, shape.length]);
  shape.forEach((length, axis) => header.writeUInt32BE(length, 4 + 4 * axis));
  const file = gzipSync(Buffer.concat([header, ...bytes]), { level: 9 });
  writeFileSync(new URL(name, import.meta.url), file);
}

function write(name, examples) {
  const images = examples.map(({ pixels }) => pixels);
  const labels = Uint8Array.from(examples, ({ label }) => label);
  writeIdx(`${name}-images.idx.gz`, [examples.length, SIDE, SIDE], images);
  writeIdx(`${name}-labels.idx.gz`, [examples.length], [labels]);
}

const mnist = createRequire(import.meta.url)('mnist');
write('real', dataset(REAL_PER_DIGIT, handwritten));
write('synthetic', dataset(SYNTHETIC_PER_DIGIT, synthetic));
