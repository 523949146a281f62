import type { RunControl } from '../protocol/run.ts';
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

/** Images of one domain that are shuffled and cycled together. */
interface Pool {
  /** Names its shuffles. */
  readonly name: string;
  /** Indices into the domain's training part. */
  readonly members: Int32Array;
  /** Images that it brings in each step. */
  readonly images: number;
}

/** With fewer in a step, half of a batch has no variance. */
const LEAST_CONTROLLED = 4;

/**
 * Draws training batches. A batch depends on nothing but the seed and the step, so that all
 * strategies see the same ones and a resumed run needs no state.
 *
 * Each domain is shuffled afresh for each pass over it. A pass takes ⌈n / batchSize⌉ steps; its last
 * batch is filled up from the start of the same shuffle, so that every batch is full and no image
 * occurs twice in one batch: standard errors count images. For the same reason a domain with fewer
 * than `batchSize` images brings each of them once a step.
 *
 * A real domain is split in two halves at random, each of which is shuffled and cycled by itself and
 * brings half of the domain's images in a batch, the first half first (and one less, if the number
 * is odd): what is the same of two such halves in every layer is what the flag rule is checked with.
 */
export class BatchLoader {
  /** Steps in one pass over the largest training part. */
  readonly stepsPerEpoch: number;
  readonly segments: readonly BatchSegment[];
  /** The domains that come in two halves, with the images of each. */
  readonly controls: readonly RunControl[];
  readonly #parts: readonly Part[];
  /** Of each domain. */
  readonly #pools: readonly (readonly Pool[])[];
  readonly #seed: number;
  /** The latest shuffle of each pool: drawing one costs more than a batch. */
  readonly #shuffles = new Map<Pool, { readonly pass: number; readonly order: Int32Array }>();
  #ahead: { readonly step: number; readonly batch: Promise<Batch> } | null = null;

  /** @param options - `batchSize`: images per domain in each step; `seed`: the run's. */
  constructor(
    domains: readonly LoadedDomain[],
    options: { readonly batchSize: number; readonly seed: number },
  ) {
    this.#parts = domains.map((domain) => domain.parts.train);
    this.#seed = options.seed;
    this.segments = this.#parts.map((part, domain) => ({
      domain,
      images: Math.min(options.batchSize, part.length),
    }));
    this.#pools = this.segments.map(({ images }, domain) => {
      const { name, kind, parts } = domains[domain]!;
      const halved = kind === 'real' && images >= LEAST_CONTROLLED;
      return halved
        ? halves(name, parts.train.length, images, options.seed)
        : [{ name, members: Int32Array.from({ length: parts.train.length }, (_, i) => i), images }];
    });
    this.controls = this.#pools.flatMap(([first, second], domain) =>
      first === undefined || second === undefined
        ? []
        : [{ domain, halves: [first.members.length, second.members.length] as const }],
    );
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
      this.#parts.map(async (part, domain) => {
        const pools = this.#pools[domain]!;
        const indices = Int32Array.from(pools.flatMap((pool) => this.#indices(pool, step)));
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

  #indices(pool: Pool, step: number): number[] {
    const { members, images } = pool;
    const stepsPerPass = Math.ceil(members.length / images);
    const pass = Math.floor((step - 1) / stepsPerPass);
    const start = ((step - 1) % stepsPerPass) * images;
    const order = this.#shuffle(pool, pass);
    return Array.from({ length: images }, (_, i) => members[order[(start + i) % order.length]!]!);
  }

  #shuffle(pool: Pool, pass: number): Int32Array {
    const latest = this.#shuffles.get(pool);
    if (latest?.pass === pass) return latest.order;
    const random = randomStream(this.#seed, 'batches', pool.name, pass);
    const order = permutation(pool.members.length, random);
    this.#shuffles.set(pool, { pass, order });
    return order;
  }
}

function halves(domain: string, length: number, images: number, seed: number): Pool[] {
  const order = permutation(length, randomStream(seed, 'halves', domain));
  const middle = length >> 1;
  const fewer = images >> 1;
  return [
    { name: `${domain}, first half`, members: order.subarray(0, middle), images: fewer },
    { name: `${domain}, second half`, members: order.subarray(middle), images: images - fewer },
  ];
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
