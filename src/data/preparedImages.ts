import { UserError } from '../protocol/userError.ts';
import type { FloatImage, PreprocessStep } from './preprocess/step.ts';
import type { OpenSource } from './source.ts';

/** Memory that all domains may fill with prepared images, bytes. */
export interface CacheBudget {
  bytesLeft: number;
}

/** Images read together while the cache is filled: enough to keep the disk busy. */
const READ_AHEAD = 32;

/**
 * A source's images as the model sees them. They are kept in memory while the budget lasts; what is
 * kept stays, because images that are visited in turn gain nothing from replacement.
 */
export class PreparedImages {
  readonly #kept = new Map<number, FloatImage>();

  constructor(
    readonly source: OpenSource,
    private readonly steps: readonly PreprocessStep[],
    private readonly budget: CacheBudget,
  ) {}

  /** Reads one image; throws UserError when it is damaged or holds a value that is no number. */
  async image(index: number): Promise<FloatImage> {
    const kept = this.#kept.get(index);
    if (kept) return kept;
    const raw = await this.source.read(index);
    const start: FloatImage = { ...raw, data: new Float32Array(raw.data) };
    const image = this.steps.reduce((previous, step) => step.apply(previous), start);
    if (!areFinite(image.data)) {
      throw new UserError(`${this.source.describe(index)} has pixels that are no finite numbers`);
    }
    if (image.data.byteLength <= this.budget.bytesLeft && !this.#kept.has(index)) {
      this.budget.bytesLeft -= image.data.byteLength;
      this.#kept.set(index, image);
    }
    return image;
  }

  /** Reads all images that the budget can keep, so that a damaged one shows before the first step. */
  async fill(shape: Shape): Promise<void> {
    const bytes = 4 * shape[0] * shape[1] * shape[2];
    for (let start = 0; start < this.source.length; start += READ_AHEAD) {
      if (this.budget.bytesLeft < bytes) return;
      const size = Math.min(READ_AHEAD, this.source.length - start);
      await this.read(
        Int32Array.from({ length: size }, (_, i) => start + i),
        shape,
      );
    }
  }

  /** Reads images as `[indices.length, ...shape]`; throws UserError when one has another shape. */
  async read(indices: Int32Array, shape: Shape): Promise<Float32Array> {
    const images = await Promise.all(Array.from(indices, (index) => this.image(index)));
    const size = shape[0] * shape[1] * shape[2];
    const batch = new Float32Array(images.length * size);
    images.forEach((image, i) => {
      if (!sameShape(shapeOf(image), shape)) {
        throw new UserError(
          `${this.source.describe(indices[i]!)} is ${shapeText(shapeOf(image))}, the others ${shapeText(shape)}`,
          { hint: mend(shapeOf(image), shape) },
        );
      }
      batch.set(image.data, i * size);
    });
    return batch;
  }
}

/** Height, width and channels of an image. */
export type Shape = [height: number, width: number, channels: number];

export function shapeOf(image: FloatImage): Shape {
  return [image.height, image.width, image.channels];
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.every((size, axis) => size === b[axis]);
}

/** Names a shape for a person: `28×28 grey`. */
export function shapeText([height, width, channels]: Shape): string {
  const colours = channels === 1 ? 'grey' : channels === 3 ? 'colour' : `with ${channels} channels`;
  return `${height}×${width} ${colours}`;
}

/** Says how two shapes are made equal. */
export function mend(a: Shape, b: Shape): string {
  return a[2] === b[2]
    ? `Add resize(${b[0]}, ${b[1]}) to preprocess.`
    : 'Give imageFolder(...) the option { channels: 1 } or { channels: 3 }.';
}

/** Tells whether all are finite, by a sum that no other value leaves at 0: `every` is far slower. */
function areFinite(values: Float32Array): boolean {
  let zero = 0;
  for (const value of values) zero += 0 * value;
  return zero === 0;
}
