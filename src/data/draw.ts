import { permutation, randomStream } from '../stats/random.ts';
import type { LoadedDomain } from './domains.ts';

/** Images of one domain that are shuffled and cycled together. */
export interface Pool {
  /** Names its shuffles. */
  readonly name: string;
  /** Indices into the domain's training part. */
  readonly members: Int32Array;
  /** Images that it brings in each step. */
  readonly images: number;
}

/** How batches are drawn from a domain. */
export interface Draw {
  /** In the order of their images in a batch. */
  readonly pools: readonly Pool[];
  /** Of a real domain with a control: the images of either half, as `RunControl.halves`. */
  readonly halves: readonly [number, number] | null;
}

/** With fewer in a step, half of a batch has no variance. */
const LEAST_CONTROLLED = 4;

/**
 * Says how a domain brings `images` of its training images in each step: a real one in two halves,
 * each of these, where only some images bring their labels, half of labelled images as long as
 * there are so many.
 */
export function drawOf(domain: LoadedDomain, images: number, seed: number): Draw {
  const { name, kind, parts, trainLabels } = domain;
  const isLabelled = new Uint8Array(parts.train.length);
  for (const image of trainLabels) isLabelled[image] = 1;
  const all = Int32Array.from(isLabelled.keys());
  if (kind === 'synthetic' || images < LEAST_CONTROLLED) {
    return { pools: poolsOf(name, all, isLabelled, images), halves: null };
  }
  const [first, second] = halvesOf(all, isLabelled, seed, name);
  const fewer = images >> 1;
  const firstPools = poolsOf(`${name}, first half`, first, isLabelled, fewer);
  const secondPools = poolsOf(`${name}, second half`, second, isLabelled, images - fewer);
  return {
    pools: [...firstPools, ...secondPools],
    halves: [effectiveImages(firstPools), effectiveImages(secondPools)],
  };
}

/**
 * Returns how many images, drawn evenly, are worth as much as those of pools of which some come
 * more often than others: 1 / Σ share² over the images (Kish 1965), rounded down.
 */
export function effectiveImages(pools: readonly Pool[]): number {
  const images = pools.reduce((sum, pool) => sum + pool.images, 0);
  const squares = pools.map((pool) => (pool.images / images) ** 2 / pool.members.length);
  return Math.floor(1 / squares.reduce((sum, square) => sum + square) + 1e-6);
}

/** Halves the labelled images, and the others, so that both halves are drawn alike. */
function halvesOf(
  all: Int32Array,
  isLabelled: Uint8Array,
  seed: number,
  name: string,
): [first: Int32Array, second: Int32Array] {
  const labelled = all.filter((image) => isLabelled[image]);
  const others = all.filter((image) => !isLabelled[image]);
  const shuffled = (images: Int32Array) =>
    permutation(images.length, randomStream(seed, 'halves', name)).map((at) => images[at]!);
  const [ofLabelled, ofOthers] = [shuffled(labelled), shuffled(others)];
  const middle = labelled.length >> 1;
  const otherMiddle = (all.length >> 1) - middle;
  return [
    joined(ofLabelled.subarray(0, middle), ofOthers.subarray(0, otherMiddle)),
    joined(ofLabelled.subarray(middle), ofOthers.subarray(otherMiddle)),
  ];
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** Makes one pool, or where only some images are labelled, one of these and one of the others. */
function poolsOf(name: string, all: Int32Array, isLabelled: Uint8Array, images: number): Pool[] {
  const labelled = all.filter((image) => isLabelled[image]);
  const others = all.filter((image) => !isLabelled[image]);
  if (labelled.length === 0 || others.length === 0) return [{ name, members: all, images }];
  const half = Math.min((images + 1) >> 1, labelled.length);
  const rest = Math.min(images - half, others.length);
  return [
    { name: `${name}, labelled`, members: labelled, images: images - rest },
    { name: `${name}, others`, members: others, images: rest },
  ];
}
