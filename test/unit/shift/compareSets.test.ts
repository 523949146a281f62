import { describe, expect, it } from 'vitest';
import { collectSet } from '../../../src/shift/collectSet.ts';
import { compareSets } from '../../../src/shift/compareSets.ts';
import type { ValueSet } from '../../../src/shift/valueSet.ts';
import { normalStream } from '../../../src/stats/normal.ts';
import { randomStream } from '../../../src/stats/random.ts';
import expected from '../../fixtures/shift/expected.json';
import { userErrorOf } from '../data/support.ts';
import { ARRAYS, open } from './support.ts';

/** A table with such rows. */
function tableOf(rows: readonly (readonly number[])[], more: Partial<ValueSet> = {}): ValueSet {
  const features = (rows[0] ?? [0]).map((_, column) => `x${column}`);
  return { path: 'table', kind: 'rows', features, isNamed: false, items: () => rows, ...more };
}

function gaussianRows(count: number, columns: number, seed: number): number[][] {
  const normal = normalStream(randomStream(seed, 'rows'));
  return Array.from({ length: count }, () => Array.from({ length: columns }, normal));
}

describe('compareSets', () => {
  it('says what NumPy says of two arrays, and which columns differ', async () => {
    const [a, b] = [await open(ARRAYS, 'a.npy'), await open(ARRAYS, 'b.npy')];
    const { distances, features, mmd, ...sets } = await compareSets(a, b);
    expect(sets).toMatchObject({
      a: { path: 'a.npy', count: 40 },
      b: { path: 'b.npy', count: 30 },
    });
    expect(distances.gap.value).toBeCloseTo(expected.rmsGap, 5);
    for (const { name, a, b, distances } of features) {
      const column = Number(name.slice('column '.length)) - 1;
      expect(a.mean).toBeCloseTo(expected.mean[0]![column]!, 3);
      expect(b.mean).toBeCloseTo(expected.mean[1]![column]!, 3);
      expect(a.deviation / expected.deviation[0]![column]!).toBeCloseTo(1, 5);
      expect(b.deviation / expected.deviation[1]![column]!).toBeCloseTo(1, 5);
      expect(distances!.gap.value).toBeCloseTo(expected.gap[column]!, 5);
    }
    // The first column is shifted by 0.9 deviations, the third is three times as wide.
    expect(features.at(-1)).toMatchObject({ name: 'column 2' });
    const found = features.filter((feature) => Math.min(feature.meanP, feature.deviationP) <= 0.05);
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(['column 1', 'column 3']));
    expect(mmd).toMatchObject({ p: 0.001, permutations: 999, n: 40, m: 30 });
  });

  it('compares images by their channels, over all pixels', async () => {
    const [a, b] = [await open(ARRAYS, 'images.npy'), await open(ARRAYS, 'images.npy')];
    const { features, mmd, distances } = await compareSets(a, b);
    for (const { name, a, distances } of features) {
      const channel = ['red', 'green', 'blue'].indexOf(name);
      expect(a.mean).toBeCloseTo(expected.channelMeans[channel]!, 4);
      expect(a.deviation).toBeCloseTo(expected.channelDeviations[channel]!, 4);
      expect(distances!.jeffreys.value).toBe(0);
    }
    expect(distances.jeffreys.floor95).toBeGreaterThan(0);
    expect(mmd.p).toBe(1);
  });

  it('finds no difference between large sets of one population, and tells sets of two', async () => {
    const a = tableOf(gaussianRows(3_000, 4, 1));
    const same = await compareSets(a, tableOf(gaussianRows(2_000, 4, 2)));
    expect(same.distances.jeffreys.value).toBeLessThan(same.distances.jeffreys.floor99);
    expect(same.mmd.p).toBeGreaterThan(0.01);
    const moved = gaussianRows(2_000, 4, 2).map(([x = 0, ...rest]) => [x + 0.3, ...rest]);
    const different = await compareSets(a, tableOf(moved));
    expect(different.distances.jeffreys.value).toBeGreaterThan(
      different.distances.jeffreys.floor99,
    );
    expect(different.features[0]).toMatchObject({ name: 'x0' });
    expect(different.features[0]!.meanP).toBeLessThanOrEqual(0.05);
  });

  it('gives the same numbers every time', async () => {
    const [a, b] = [tableOf(gaussianRows(700, 2, 3)), tableOf(gaussianRows(800, 2, 4))];
    expect(await compareSets(a, b)).toEqual(await compareSets(a, b));
  });

  it('has no distances of a column that is constant in one set, but finds it', async () => {
    const varied = gaussianRows(40, 2, 5);
    const constant = gaussianRows(40, 2, 6).map(([, second = 0]) => [7, second]);
    const { features, distances } = await compareSets(tableOf(varied), tableOf(constant));
    expect(distances.channels).toBe(1);
    expect(features[0]).toMatchObject({ name: 'x0', distances: null, deviationP: 0.001 });
    expect(features[0]!.b).toEqual({ mean: 7, deviation: 0 });
  });

  it('takes the names of columns from the table that has them', async () => {
    const rows = gaussianRows(4, 2, 7);
    const named = tableOf(rows, { features: ['height', 'width'], isNamed: true });
    const { features } = await compareSets(tableOf(rows), named);
    expect(features.map(({ name }) => name).sort()).toEqual(['height', 'width']);
  });

  it.each([
    [
      tableOf(gaussianRows(4, 3, 8)),
      tableOf(gaussianRows(4, 2, 8), { path: 'other' }),
      '"table" has 3 columns, but "other" has 2',
    ],
    [
      tableOf([[1], [2]], { kind: 'images', path: 'photos' }),
      tableOf([[1], [2]]),
      '"table" is a table, but "photos" holds images',
    ],
    [
      tableOf([[1], [2]], { features: ['height'], isNamed: true }),
      tableOf([[1], [2]], { features: ['width'], isNamed: true, path: 'other' }),
      'column 1 is "height" in "table", but "width" in "other"',
    ],
    [tableOf([[1]]), tableOf([[1], [2]]), '"table" has only one row'],
    [tableOf([[1], [2]]), tableOf([], { path: 'other' }), '"other" has no rows'],
  ])('refuses what cannot be compared: %#', async (a, b, message) => {
    expect((await userErrorOf(() => compareSets(a, b))).message).toBe(message);
  });
});

describe('collectSet', () => {
  it('keeps rows at random, each as likely as any other', async () => {
    const rows = Array.from({ length: 40 }, (_, row) => [row]);
    const counts = new Map<number, number>();
    const REPEATS = 2_000;
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const { kept, count } = await collectSet(tableOf(rows), 10, randomStream(repeat));
      expect([kept.length, count]).toEqual([10, 40]);
      for (const { mean } of kept) counts.set(mean[0]!, (counts.get(mean[0]!) ?? 0) + 1);
    }
    // A quarter each, five binomial deviations.
    const deviation = Math.sqrt(REPEATS * 0.25 * 0.75);
    for (const [row] of rows) {
      expect(Math.abs((counts.get(row!) ?? 0) - REPEATS / 4)).toBeLessThan(5 * deviation);
    }
  });

  it('takes moments of all rows, not only of those that it keeps', async () => {
    const rows = Array.from({ length: 100 }, (_, row) => [row]);
    const { moments, sample } = await collectSet(tableOf(rows), 10, randomStream(1));
    expect(moments.mean[0]).toBeCloseTo(49.5, 10);
    expect(sample.images).toBe(10);
  });
});
