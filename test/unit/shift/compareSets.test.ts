import { describe, expect, it } from 'vitest';
import { collectSet } from '../../../src/shift/collectSet.ts';
import { compareSets } from '../../../src/shift/compareSets.ts';
import { PointReservoir } from '../../../src/shift/pointReservoir.ts';
import { LARGEST_VALUE, type ValueSet } from '../../../src/shift/valueSet.ts';
import { normalStream } from '../../../src/stats/normal.ts';
import { randomStream } from '../../../src/stats/random.ts';
import expected from '../../fixtures/shift/expected.json';
import { userErrorOf } from '../data/support.ts';
import { ARRAYS, open } from './support.ts';

/** A table with such rows. */
function tableOf(rows: readonly (readonly number[])[], more: Partial<ValueSet> = {}): ValueSet {
  const features = (rows[0] ?? [0]).map((_, column) => `x${column}`);
  const unknown = { size: null, range: null, isNamed: false };
  return { path: 'table', kind: 'rows', features, ...unknown, items: () => rows, ...more };
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
    expect(distances!.gap.value).toBeCloseTo(expected.rmsGap, 10);
    for (const { name, a, b, distances } of features) {
      const column = Number(name.slice('column '.length)) - 1;
      expect(a.mean).toBeCloseTo(expected.mean[0]![column]!, 10);
      expect(b.mean).toBeCloseTo(expected.mean[1]![column]!, 10);
      expect(a.deviation / expected.deviation[0]![column]!).toBeCloseTo(1, 10);
      expect(b.deviation / expected.deviation[1]![column]!).toBeCloseTo(1, 10);
      expect(distances!.gap.value).toBeCloseTo(expected.gap[column]!, 10);
    }
    // The first column is shifted by 0.9 deviations, the third is three times as wide.
    expect(features.at(-1)).toMatchObject({ name: 'column 2' });
    const found = features.filter((feature) => Math.min(feature.meanP, feature.deviationP) <= 0.05);
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(['column 1', 'column 3']));
    expect(mmd).toMatchObject({ p: 0.001, permutations: 999, n: 40, m: 30 });
    expect(sets.linearMmd).toBeNull();
  });

  it('compares images by their channels, over all pixels', async () => {
    const [a, b] = [await open(ARRAYS, 'images.npy'), await open(ARRAYS, 'images.npy')];
    const { features, mmd, distances } = await compareSets(a, b);
    for (const { name, a, distances } of features) {
      const channel = ['red', 'green', 'blue'].indexOf(name);
      expect(a.mean).toBeCloseTo(expected.channelMeans[channel]!, 10);
      expect(a.deviation).toBeCloseTo(expected.channelDeviations[channel]!, 10);
      expect(distances!.jeffreys.value).toBe(0);
    }
    expect(distances!.jeffreys.floor95).toBeGreaterThan(0);
    expect(mmd.p).toBe(1);
  });

  it('finds no difference between large sets of one population, and tells sets of two', async () => {
    const a = tableOf(gaussianRows(3_000, 4, 1));
    const same = await compareSets(a, tableOf(gaussianRows(2_000, 4, 2)));
    expect(same.distances!.jeffreys.value).toBeLessThan(same.distances!.jeffreys.floor99);
    expect(same.mmd.p).toBeGreaterThan(0.01);
    const moved = gaussianRows(2_000, 4, 2).map(([x = 0, ...rest]) => [x + 0.3, ...rest]);
    const different = await compareSets(a, tableOf(moved));
    expect(different.distances!.jeffreys.value).toBeGreaterThan(
      different.distances!.jeffreys.floor99,
    );
    expect(different.features[0]).toMatchObject({ name: 'x0' });
    expect(different.features[0]!.meanP).toBeLessThanOrEqual(0.05);
  });

  it('estimates MMD² of all rows where permutations look at a part of them', async () => {
    const shift = 0.5;
    const rows = gaussianRows(4_000, 2, 9).map(([x = 0, y = 0]) => [x + shift, y]);
    const a = tableOf(gaussianRows(6_001, 2, 8));
    const { linearMmd, mmd } = await compareSets(a, tableOf(rows));
    if (linearMmd === null) throw new Error('both sets have more than 500 rows');
    expect([linearMmd.n, linearMmd.m, mmd.n, mmd.m]).toEqual([4_000, 4_000, 500, 500]);
    // E k(x, y) of N(μ, I) and N(ν, I) is σ²/(σ² + 2)·exp(−|μ − ν|²/(2(σ² + 2))) in two dimensions;
    // the first is measured in the deviation of both sets together.
    const squared = shift ** 2 / (1 + 0.4 * 0.6 * shift ** 2);
    const expected = linearMmd.bandwidths.reduce((sum, bandwidth) => {
      const [square, wide] = [bandwidth ** 2, bandwidth ** 2 + 2];
      return sum + 2 * (square / wide) * (1 - Math.exp(-squared / (2 * wide)));
    }, 0);
    expect(Math.abs(linearMmd.mmd2 - expected)).toBeLessThan(4 * linearMmd.se);
    expect(linearMmd.p).toBeLessThan(0.01);
    const same = await compareSets(a, tableOf(gaussianRows(4_000, 2, 9)));
    expect(Math.abs(same.linearMmd!.mmd2)).toBeLessThan(4 * same.linearMmd!.se);
  });

  it('pairs rows at random: files may be sorted by class', async () => {
    const classes = (count: number, seed: number) =>
      gaussianRows(count, 1, seed).map(([x = 0], row) => [x / 10 + (row < count / 2 ? -1 : 1)]);
    const { linearMmd } = await compareSets(tableOf(classes(2_000, 1)), tableOf(classes(2_000, 2)));
    expect(Math.abs(linearMmd!.mmd2)).toBeLessThan(4 * linearMmd!.se);
    expect(linearMmd!.mmd2).not.toBe(0);
  });

  it('gives the same numbers every time', async () => {
    const [a, b] = [tableOf(gaussianRows(700, 2, 3)), tableOf(gaussianRows(800, 2, 4))];
    expect(await compareSets(a, b)).toEqual(await compareSets(a, b));
  });

  it('has no distances of a column that is constant in one set, but finds it', async () => {
    const varied = gaussianRows(40, 2, 5);
    const constant = gaussianRows(40, 2, 6).map(([, second = 0]) => [7, second]);
    const { features, distances } = await compareSets(tableOf(varied), tableOf(constant));
    expect(distances!.channels).toBe(1);
    expect(features[0]).toMatchObject({ name: 'x0', distances: null, deviationP: 0.001 });
    expect(features[0]!.b).toEqual({ mean: 7, deviation: 0 });
  });

  it('has no distances at all where every column is constant in a set', async () => {
    const constant = tableOf(gaussianRows(40, 2, 6).map(() => [7, 8]));
    const { features, distances, mmd } = await compareSets(
      tableOf(gaussianRows(40, 2, 5)),
      constant,
    );
    expect(distances).toBeNull();
    expect(features.map((feature) => feature.distances)).toEqual([null, null]);
    expect(mmd.p).toBe(0.001);
  });

  it.each([LARGEST_VALUE, 1e-60])('gives the same distances in units of %s', async (unit) => {
    const [a, b] = [gaussianRows(700, 2, 3), gaussianRows(40, 2, 4)];
    // None of these is 8 deviations from 0, so that all fit into the unit.
    const inUnits = (rows: number[][]): ValueSet =>
      tableOf(rows.map((row) => row.map((x) => (x / 8) * unit)));
    const plain = await compareSets(tableOf(a), tableOf(b));
    const scaled = await compareSets(inUnits(a), inUnits(b));
    for (const name of ['gap', 'logVarianceRatio', 'jeffreys'] as const) {
      const { value, expected, floor99 } = plain.distances![name];
      expect(scaled.distances![name].value / value).toBeCloseTo(1, 9);
      expect(scaled.distances![name].expected / expected).toBeCloseTo(1, 9);
      expect(scaled.distances![name].floor99 / floor99).toBeCloseTo(1, 9);
    }
    expect(scaled.mmd.p).toBe(plain.mmd.p);
    expect(scaled.mmd.mmd2).toBeCloseTo(plain.mmd.mmd2, 5);
  });

  it('measures tiny spreads about large offsets', async () => {
    const [a, b] = [gaussianRows(60, 2, 3), gaussianRows(40, 2, 4)];
    const far = (rows: number[][]): ValueSet =>
      tableOf(rows.map((row) => row.map((x) => 4096 + x * 2 ** -20)));
    const near = await compareSets(tableOf(a), tableOf(b));
    const { distances, features } = await compareSets(far(a), far(b));
    // Digits of a value at 4,096 end at 2^-40, a millionth of such a spread.
    expect(distances!.channels).toBe(2);
    expect(distances!.gap.value).toBeCloseTo(near.distances!.gap.value, 5);
    expect(distances!.logVarianceRatio.value).toBeCloseTo(
      near.distances!.logVarianceRatio.value,
      5,
    );
    expect(features[0]!.a.deviation / (near.features[0]!.a.deviation * 2 ** -20)).toBeCloseTo(1, 5);
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

describe('a reservoir of points', () => {
  it('holds all points in random order while there is room', () => {
    const firsts = new Map<number, number>();
    const REPEATS = 1_000;
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const reservoir = new PointReservoir(2, 5_000, randomStream(repeat));
      for (let point = 0; point < 10; point++) reservoir.add(Float64Array.of(point, -point));
      const { values, count, dimensions } = reservoir.points();
      expect([count, dimensions]).toEqual([10, 2]);
      expect([...values].filter((_, at) => at % 2 === 0).sort()).toEqual([...Array(10).keys()]);
      firsts.set(values[0]!, (firsts.get(values[0]!) ?? 0) + 1);
      expect(values[1]).toBe(-values[0]!);
    }
    const deviation = Math.sqrt(REPEATS * 0.1 * 0.9);
    for (const times of firsts.values()) {
      expect(Math.abs(times - REPEATS / 10)).toBeLessThan(5 * deviation);
    }
  });

  it('grows with its points, and keeps each as likely as any other when it is full', () => {
    const kept = new Float64Array(3_000);
    const REPEATS = 50;
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const reservoir = new PointReservoir(1, 1_500, randomStream(repeat));
      for (let point = 0; point < 3_000; point++) reservoir.add(Float64Array.of(point));
      const { values, count } = reservoir.points();
      expect([count, new Set(values).size]).toEqual([1_500, 1_500]);
      for (const value of values) kept[value]!++;
    }
    // A half each: of the first thousand as many as of the last.
    const part = (from: number) =>
      kept.subarray(from, from + 1_000).reduce((sum, times) => sum + times, 0) / (1_000 * REPEATS);
    for (const from of [0, 1_000, 2_000]) expect(part(from)).toBeCloseTo(0.5, 1);
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
