import { permutation, randomStream } from '../stats/random.ts';
import type { LoadedDomain, Part } from './domains.ts';

/** A run of consecutive images of one domain in a batch. */
export interface BatchSegment {
  /** The domain's id. */
  readonly domain: number;
  readonly images: number;
}

/** The images of one training step, all domains' segments one after another. */
export interface Batch {
  /** `[Σ segments' images, height, width, channels]`, row-major. */
  readonly images: Float32Array;
  /** One per domain, in the domains' order; the same in every step. */
  readonly segments: readonly BatchSegment[];
  /** Classes of each segment's images; null for a domain without labels. */
  readonly labels: readonly (Int32Array | null)[];
}

/**
 * Draws training batches. A batch depends on nothing but the seed and the step, so that all
 * strategies see the same ones and a resumed run needs no state.
 *
 * Each domain is shuffled afresh for each pass over it. A pass takes ⌈n / batchSize⌉ steps; its last
 * batch is filled up from the start of the same shuffle, so that every batch is full and no image
 * occurs twice in one batch: standard errors count images. For the same reason a domain with fewer
 * than `batchSize` images brings each of them once a step.
 */
export class BatchLoader {
  /** Steps in one pass over the largest training part. */
  readonly stepsPerEpoch: number;
  readonly segments: readonly BatchSegment[];
  readonly #parts: readonly Part[];
  readonly #names: readonly string[];
  readonly #seed: number;
  /** The latest shuffle of each domain: drawing one costs more than a batch. */
  readonly #shuffles: { readonly pass: number; readonly order: Int32Array }[] = [];
  #ahead: { readonly step: number; readonly batch: Promise<Batch> } | null = null;

  /** @param options - `batchSize`: images per domain in each step; `seed`: the run's. */
  constructor(
    domains: readonly LoadedDomain[],
    options: { readonly batchSize: number; readonly seed: number },
  ) {
    this.#parts = domains.map((domain) => domain.parts.train);
    this.#names = domains.map((domain) => domain.name);
    this.#seed = options.seed;
    this.segments = this.#parts.map((part, domain) => ({
      domain,
      images: Math.min(options.batchSize, part.length),
    }));
    this.stepsPerEpoch = Math.max(
      ...this.#parts.map((part) => Math.ceil(part.length / options.batchSize)),
    );
  }

  /** Gives the batch of a step, from 1, and begins to read the next one. */
  async batch(step: number): Promise<Batch> {
    const current = this.#ahead?.step === step ? this.#ahead.batch : this.#draw(step);
    this.#ahead = null;
    const batch = await current;
    const next = this.#draw(step + 1);
    // Its failure is reported to whoever asks for that step.
    next.catch(() => undefined);
    this.#ahead = { step: step + 1, batch: next };
    return batch;
  }

  async #draw(step: number): Promise<Batch> {
    const drawn = await Promise.all(
      this.segments.map(async ({ domain, images }) => {
        const part = this.#parts[domain]!;
        const indices = this.#indices(domain, part.length, images, step);
        return {
          images: await part.read(indices),
          labels: part.labels && Int32Array.from(indices, (index) => part.labels![index]!),
        };
      }),
    );
    return {
      images: concatenate(drawn.map(({ images }) => images)),
      segments: this.segments,
      labels: drawn.map(({ labels }) => labels),
    };
  }

  #indices(domain: number, length: number, images: number, step: number): Int32Array {
    const stepsPerPass = Math.ceil(length / images);
    const pass = Math.floor((step - 1) / stepsPerPass);
    const start = ((step - 1) % stepsPerPass) * images;
    const order = this.#shuffle(domain, length, pass);
    return Int32Array.from({ length: images }, (_, i) => order[(start + i) % length]!);
  }

  #shuffle(domain: number, length: number, pass: number): Int32Array {
    const latest = this.#shuffles[domain];
    if (latest?.pass === pass) return latest.order;
    const random = randomStream(this.#seed, 'batches', this.#names[domain]!, pass);
    const order = permutation(length, random);
    this.#shuffles[domain] = { pass, order };
    return order;
  }
}

function concatenate(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    all.set(array, offset);
    offset += array.length;
  }
  return all;
}
