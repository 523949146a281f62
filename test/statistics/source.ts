import type { ImageSums } from '../../src/stats/moments.ts';
import { permutation } from '../../src/stats/random.ts';
import type { FastRandom } from './fastRandom.ts';
import type { Population } from './populations.ts';

/** Images that the layers of one net see of two domains, step by step. */
export interface Source {
  /** Of the present step: a batch of each domain for each layer, overwritten by the next step. */
  readonly layers: readonly (readonly [ImageSums, ImageSums])[];
  /** Distinct images of each domain, Infinity if every step brings new ones. */
  readonly distinctImages: readonly [number, number];
  /** Draws the batches of a step, from 1. */
  readonly advance: (step: number) => void;
}

/**
 * New images in every step, the layers independent of each other.
 * @param widths channels of each layer
 */
export function freshImages(
  random: FastRandom,
  widths: readonly number[],
  images: number,
  populations: readonly [Population, Population],
): Source {
  const layers = widths.map((channels) => {
    const batchOf = ({ pixels }: Population) => emptyBatch({ images, pixels, channels });
    return [batchOf(populations[0]), batchOf(populations[1])] as const;
  });
  return {
    layers,
    distinctImages: [Infinity, Infinity],
    advance(step) {
      for (const domains of layers) {
        for (let domain = 0; domain < 2; domain++) {
          const { sums, channels } = domains[domain]!;
          populations[domain]!.draw(random, sums, channels, step);
        }
      }
    },
  };
}

/**
 * Two sets of images, shown again and again as the loader does: reshuffled for each pass, whose last
 * batch is filled up from its start. All layers see the same images.
 * @param pools what each layer sees of all images
 * @param sets the images of each domain, as indices
 * @param batch images of each domain in a step; a smaller set shows all of its own, and then the
 *   other domain shows as many
 */
export function cycledImages(
  random: FastRandom,
  pools: readonly ImageSums[],
  sets: readonly [Int32Array, Int32Array],
  batch: number,
): Source {
  const images = Math.min(batch, ...sets.map((set) => set.length));
  const layers = pools.map(
    (pool) => [emptyBatch({ ...pool, images }), emptyBatch({ ...pool, images })] as const,
  );
  const orders = sets.map((set) => set.slice());
  return {
    layers,
    distinctImages: [sets[0].length, sets[1].length],
    advance(step) {
      orders.forEach((order, domain) => {
        const passSteps = Math.ceil(order.length / images);
        const stepOfPass = (step - 1) % passSteps;
        if (stepOfPass === 0) shuffle(random, order, sets[domain]!);
        layers.forEach((batches, layer) => {
          gather(pools[layer]!, order, stepOfPass * images, batches[domain]!);
        });
      });
    },
  };
}

/** The images of a source with the domains exchanged. */
export function swapped({ layers, distinctImages: [first, second], advance }: Source): Source {
  return { layers: layers.map(([a, b]) => [b, a]), distinctImages: [second, first], advance };
}

type Shape = Pick<ImageSums, 'images' | 'pixels' | 'channels'>;

function emptyBatch({ images, pixels, channels, shift }: Shape & Partial<ImageSums>): ImageSums {
  const sums = new Float32Array(2 * images * channels);
  return { images, pixels, channels, shift: shift ?? new Float32Array(channels), sums };
}

function shuffle(random: FastRandom, order: Int32Array, set: Int32Array): void {
  const places = permutation(set.length, () => random.uniform());
  places.forEach((place, i) => {
    order[i] = set[place]!;
  });
}

/** Copies the images from `start` of an order on, which is a circle, into a batch. */
function gather(pool: ImageSums, order: Int32Array, start: number, batch: ImageSums): void {
  const row = 2 * pool.channels;
  for (let image = 0; image < batch.images; image++) {
    const from = order[(start + image) % order.length]! * row;
    const to = image * row;
    for (let i = 0; i < row; i++) batch.sums[to + i] = pool.sums[from + i]!;
  }
}
