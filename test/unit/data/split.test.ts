import { describe, expect, it } from 'vitest';
import { chooseLabelled, splitImages } from '../../../src/data/split.ts';
import { userErrorOf } from './support.ts';

const labels = Array.from({ length: 230 }, (_, i) => (i % 23 < 20 ? 'common' : 'rare'));

function countOf(name: string, indices: Int32Array): number {
  return indices.filter((i) => labels[i] === name).length;
}

describe('splitting images', () => {
  it('gives every image to one part at most', () => {
    const { train, validation, test } = splitImages(230, labels, {
      train: 0.5,
      validation: 0.2,
      test: 0.3,
    });
    const all = [...train, ...validation, ...test].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 230 }, (_, i) => i));
    expect([train.length, validation.length, test.length]).toEqual([115, 46, 69]);
  });

  it('keeps the proportions of the classes, to within one image, in every part', () => {
    const parts = splitImages(230, labels, { train: 50, validation: 23, test: 120 });
    for (const part of Object.values(parts)) {
      expect(Math.abs(countOf('rare', part) - (part.length * 30) / 230)).toBeLessThan(1.0001);
    }
  });

  it('takes few images evenly from many classes', () => {
    const digits = Array.from({ length: 1000 }, (_, i) => String(i % 10));
    const { train } = splitImages(1000, digits, { train: 50 });
    const counts = digits.slice(0, 10).map((digit) => train.filter((i) => digits[i] === digit));
    expect(counts.map((members) => members.length)).toEqual(Array(10).fill(5));
  });

  it('is the same every time and mixes the images', () => {
    const first = splitImages(100, null, { train: 0.5, validation: 0.5 });
    expect(splitImages(100, null, { train: 0.5, validation: 0.5 })).toEqual(first);
    const upperHalf = first.train.filter((i) => i >= 50).length;
    expect(upperHalf).toBeGreaterThan(15);
    expect(upperHalf).toBeLessThan(35);
  });

  it('leaves test and validation alone when only train changes', () => {
    const few = splitImages(230, labels, { train: 20, validation: 40, test: 100 });
    const many = splitImages(230, labels, { train: 90, validation: 40, test: 100 });
    expect(few.test).toEqual(many.test);
    expect(few.validation).toEqual(many.validation);
    expect([...many.train]).toEqual(expect.arrayContaining([...few.train]));
  });

  it('takes whole numbers as numbers of images and 1 as everything', () => {
    expect(splitImages(10, null, { train: 7, validation: 2 }).train).toHaveLength(7);
    expect(splitImages(10, null, { train: 1 }).train).toHaveLength(10);
  });

  it('refuses more images than there are, and a part that gets none', async () => {
    const tooMany = await userErrorOf(() => splitImages(10, null, { train: 8, test: 4 }));
    expect(tooMany.message).toBe('asks for 12 images, but there are 10');
    const none = await userErrorOf(() => splitImages(20, null, { train: 0.9, validation: 0.01 }));
    expect(none.message).toBe('validation: 0.01 of 20 images is none');
    expect(none.details.field).toEqual(['validation']);
  });
});

describe('choosing labelled images', () => {
  const digits = Array.from({ length: 400 }, (_, i) => String(i % 10));

  it('takes as many of each class, and a smaller number of the same ones', () => {
    const [twenty, fifty] = [chooseLabelled(digits, 20), chooseLabelled(digits, 50)];
    const counts = digits.slice(0, 10).map((digit) => fifty.filter((i) => digits[i] === digit));
    expect(counts.map((members) => members.length)).toEqual(Array(10).fill(5));
    expect(twenty.every((image) => fifty.includes(image))).toBe(true);
    expect([...fifty]).toEqual([...fifty].sort((a, b) => a - b));
  });
});
