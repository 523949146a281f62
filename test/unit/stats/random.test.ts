import { describe, expect, it } from 'vitest';
import { permutation, randomStream, subset } from '../../../src/stats/random.ts';

const take = (random: () => number, n: number): number[] => Array.from({ length: n }, random);

describe('randomStream', () => {
  it('repeats itself for the same seed and purpose', () => {
    expect(take(randomStream(7, 'shuffle', 3), 20)).toEqual(
      take(randomStream(7, 'shuffle', 3), 20),
    );
  });

  it.each([
    ['seed', randomStream(8, 'shuffle', 3)],
    ['purpose', randomStream(7, 'dropout', 3)],
    ['part of the purpose', randomStream(7, 'shuffle', 4)],
    ['cut between the parts', randomStream(7, 'shuffle,3')],
    ['type of a part', randomStream(7, 'shuffle', '3')],
  ])('differs with the %s', (_what, other) => {
    expect(take(other, 4)).not.toEqual(take(randomStream(7, 'shuffle', 3), 4));
  });

  it('is uniform on [0, 1)', () => {
    const numbers = take(randomStream(1, 'uniform'), 20_000);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const counts = new Array<number>(20).fill(0);
    for (const number of numbers) counts[Math.floor(number * 20)]! += 1;
    const chiSquare = counts.reduce((total, count) => total + (count - 1000) ** 2 / 1000, 0);
    // The 99.9% quantile of chi-square with 19 degrees of freedom.
    expect(chiSquare).toBeLessThan(43.8);
  });
});

describe('permutation', () => {
  it('holds every index once', () => {
    const order = permutation(100, randomStream(1, 'order'));
    expect(Array.from(order).sort((x, y) => x - y)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  it('is empty for nothing to order', () => {
    expect(permutation(0, randomStream(1, 'order'))).toHaveLength(0);
  });

  it('draws all orders equally often', () => {
    const random = randomStream(2, 'orders');
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 24_000; draw++) {
      const order = permutation(4, random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    // The 99.9% quantile of chi-square with 23 degrees of freedom.
    expect(chiSquare).toBeLessThan(49.7);
  });
});

describe('subset', () => {
  it('draws each subset equally often, ascending', () => {
    const random = randomStream(1, 'subset');
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6_000; draw++) {
      const drawn = subset(2, 4, random).join();
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['0,1', '0,2', '0,3', '1,2', '1,3', '2,3']);
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    // The 99.9% quantile of chi-square with 5 degrees of freedom.
    expect(chiSquare).toBeLessThan(20.5);
  });

  it('draws none and all', () => {
    const random = randomStream(2, 'subset');
    expect([...subset(0, 3, random)]).toEqual([]);
    expect([...subset(3, 3, random)]).toEqual([0, 1, 2]);
  });
});
