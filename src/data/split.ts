import type { Split } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';
import { randomStream } from '../stats/random.ts';
import type { SplitDeclaration } from './domainDeclaration.ts';

/** How a domain without `split` is divided. */
export const DEFAULT_SPLIT: SplitDeclaration = { train: 0.9, validation: 0.1 };

/**
 * Divides images into parts, stratified by class: each part's share of a class is its share of all
 * images, to within one image. The division depends on the labels alone: it is the same for every
 * seed and for domains that share a source. Test images come first, then validation, so that
 * another `train` leaves both as they are.
 *
 * @param labels - class name of each image, or null.
 * @returns indices of each part's images, ascending.
 */
export function splitImages(
  length: number,
  labels: readonly string[] | null,
  split: SplitDeclaration,
): Record<Split, Int32Array> {
  const sizes = partSizes(length, split);
  const order = stratifiedOrder(length, labels);
  const take = (from: number, size: number) => order.slice(from, from + size).sort();
  return {
    test: take(0, sizes.test),
    validation: take(sizes.test, sizes.validation),
    train: take(sizes.test + sizes.validation, sizes.train),
  };
}

/**
 * Chooses `count` of the images, in which the classes keep their proportions; a larger number holds
 * those of a smaller one.
 *
 * @returns their indices, ascending.
 */
export function chooseLabelled(labels: ArrayLike<string>, count: number): Int32Array {
  return stratifiedOrder(labels.length, labels).slice(0, count).sort();
}

/** Orders images so that every stretch holds the classes in proportion (systematic sampling). */
function stratifiedOrder(length: number, labels: ArrayLike<string> | null): Int32Array {
  const random = randomStream(0, 'split');
  const classes = new Map<string, number[]>();
  for (let image = 0; image < length; image++) {
    const name = labels?.[image] ?? '';
    const members = classes.get(name);
    if (members) members.push(image);
    else classes.set(name, [image]);
  }
  const position = new Float64Array(length);
  for (const members of classes.values()) {
    const shuffled = members
      .map((image) => ({ image, key: random() }))
      .sort((a, b) => a.key - b.key);
    // One offset a class spaces its images evenly over [0, 1) without favouring any class.
    const offset = random();
    shuffled.forEach(({ image }, rank) => (position[image] = (rank + offset) / members.length));
  }
  return Int32Array.from(position.keys()).sort((a, b) => position[a]! - position[b]! || a - b);
}

function partSizes(length: number, split: SplitDeclaration): Record<Split, number> {
  const declared = { validation: 0, test: 0, ...split };
  const fractions = Object.values(declared).every((value) => value <= 1);
  if (!fractions) {
    const total = declared.train + declared.validation + declared.test;
    if (total > length) {
      throw new UserError(`asks for ${total} images, but there are ${length}`, {
        hint: 'Ask for fewer images, or give fractions.',
      });
    }
    return declared;
  }
  // Rounding cumulated shares keeps the sum of the parts within the whole.
  const upTo = (share: number) => Math.round(share * length);
  const { train, validation, test } = declared;
  const sizes = {
    test: upTo(test),
    validation: upTo(test + validation) - upTo(test),
    train: upTo(test + validation + train) - upTo(test + validation),
  };
  for (const part of ['train', 'validation', 'test'] as const) {
    if (declared[part] > 0 && sizes[part] === 0) {
      throw new UserError(`${part}: ${declared[part]} of ${length} images is none`, {
        hint: 'Ask for a larger fraction or a number of images.',
        field: [part],
      });
    }
  }
  return sizes;
}
