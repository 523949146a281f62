import type { RunControl } from '../protocol/run.ts';
import { permutation, randomStream } from '../stats/random.ts';
import type { LoadedDomain, Part } from './domains.ts';
import { drawOf, effectiveImages, type Draw, type Pool } from './draw.ts';

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
  /** One per domain that is drawn from, in the domains' order; the same in every step. */
  readonly segments: readonly BatchSegment[];
  /** Classes of each segment's images, −1 where one has no label; null for a domain without labels. */
  readonly labels: readonly (Int32Array | null)[];
}

/** What a {@link BatchLoader} draws. */
export interface LoaderOptions {
  /** Images of each domain in a step, as far as it has so many. */
  readonly batchSize: number;
  /** The run's. */
  readonly seed: number;
  /** Ids of those to draw from, ascending; by default all. */
  readonly domains?: readonly number[];
  /** Names the random stream: loaders of other purposes draw other batches. */
  readonly purpose?: string;
}

const UNLABELLED = -1;

/**
 * Draws batches of training images. A batch depends on nothing but the seed and the step, so that
 * all strategies see the same ones and a resumed run needs no state.
 *
 * Each domain is shuffled afresh for each pass over it. A pass takes ⌈n / batchSize⌉ steps; its last
 * batch is filled up from the start of the same shuffle, so that every batch is full and no image
 * occurs twice in one batch: standard errors count images. For the same reason a domain with fewer
 * than `batchSize` images brings each of them once a step.
 *
 * A real domain is split in two halves at random, each of which is shuffled and cycled by itself and
 * brings half of the domain's images in a batch, the first half first (and one less, if the number
 * is odd): what is the same of two such halves in every layer is what the flag rule is checked with.
 *
 * Where only some images bring their labels, these are shuffled and cycled by themselves beside the
 * others, and half of a batch's images of the domain (or of either half of it) are of them, so that
 * few labels are still learned from in every step; of which there are too few, the others fill up.
 */
export class BatchLoader {
  /** Steps in one pass over the largest training part. */
  readonly stepsPerEpoch: number;
  readonly segments: readonly BatchSegment[];
  /** The domains that come in two halves, with the images of each. */
  readonly controls: readonly RunControl[];
  /** How many images drawn evenly the batches of each segment are worth. */
  readonly effectiveImages: readonly number[];
  readonly #domains: readonly LoadedDomain[];
  /** Of each segment. */
  readonly #draws: readonly Draw[];
  readonly #seed: number;
  readonly #purpose: string;
  /** The latest shuffle of each pool: drawing one costs more than a batch. */
  readonly #shuffles = new Map<Pool, { readonly pass: number; readonly order: Int32Array }>();
  #ahead: { readonly step: number; readonly batch: Promise<Batch> } | null = null;

  constructor(all: readonly LoadedDomain[], options: LoaderOptions) {
    const { batchSize, seed, domains = [...all.keys()], purpose = 'batches' } = options;
    this.#domains = domains.map((domain) => all[domain]!);
    this.#seed = seed;
    this.#purpose = purpose;
    const lengths = this.#domains.map(({ parts }) => parts.train.length);
    this.segments = domains.map((domain, segment) => ({
      domain,
      images: Math.min(batchSize, lengths[segment]!),
    }));
    this.#draws = this.#domains.map((domain, segment) =>
      drawOf(domain, this.segments[segment]!.images, seed),
    );
    this.controls = this.#draws.flatMap(({ halves }, segment) =>
      halves === null ? [] : [{ domain: domains[segment]!, halves }],
    );
    this.effectiveImages = this.#draws.map(({ pools }) => effectiveImages(pools));
    this.stepsPerEpoch = Math.max(...lengths.map((length) => Math.ceil(length / batchSize)));
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
      this.#domains.map(async ({ parts, trainLabels }, segment) => {
        const { pools } = this.#draws[segment]!;
        const indices = Int32Array.from(pools.flatMap((pool) => this.#indices(pool, step)));
        const images = await parts.train.read(indices);
        return { images, labels: trainLabelsOf(indices, parts.train, trainLabels) };
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
    const random = randomStream(this.#seed, this.#purpose, pool.name, pass);
    const order = permutation(pool.members.length, random);
    this.#shuffles.set(pool, { pass, order });
    return order;
  }
}

/** The labels of a batch's images that may be trained on; null if there are none at all. */
function trainLabelsOf(
  indices: Int32Array,
  { labels }: Part,
  trainLabels: Int32Array,
): Int32Array | null {
  if (labels === null || trainLabels.length === 0) return null;
  if (trainLabels.length === labels.length) return indices.map((index) => labels[index]!);
  const known = new Set(trainLabels);
  return indices.map((index) => (known.has(index) ? labels[index]! : UNLABELLED));
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
