import { describe, expect, test } from 'vitest';
import { LevelBuilder, type Bin } from '../../../src/runs/levels.ts';

/** A builder keeps its bins to itself and fills them again: these are copies. */
interface Copy {
  readonly step: number;
  readonly keys: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly last: readonly number[];
}

function copy({ step, keys, min, max, last }: Bin): Copy {
  return { step, keys, min: Array.from(min), max: Array.from(max), last: Array.from(last) };
}

function build(steps: number, value: (step: number, key: number) => number) {
  const levels = new Map<number, Copy[]>();
  const builder = new LevelBuilder((level, bins) => {
    levels.set(level, [...(levels.get(level) ?? []), ...bins.map(copy)]);
  });
  for (let step = 1; step <= steps; step++) {
    for (const key of [0, 1]) builder.add(step, [key], [value(step, key)]);
  }
  return (level: number) => levels.get(level) ?? [];
}

describe('levels', () => {
  test.each([
    [1, 16],
    [2, 256],
    [3, 4096],
  ])(
    'level %i keeps min, max and last over %i steps for each combination of ids',
    (level, width) => {
      const value = (step: number, key: number) => Math.sin(step * 12.9898 + key) * 1000;
      const bins = build(9000, value)(level);
      expect(bins.map(({ step, keys }) => [step, ...keys])).toEqual(
        Array.from({ length: Math.floor(8999 / width) * 2 }, (_, i) => [
          (Math.floor(i / 2) + 1) * width,
          i % 2,
        ]),
      );
      for (const { step, keys, min, max, last } of bins) {
        const inBin = Array.from({ length: width }, (_, i) => value(step - i, keys[0] ?? 0));
        expect([min[0], max[0], last[0]]).toEqual([
          Math.min(...inBin),
          Math.max(...inBin),
          inBin[0],
        ]);
      }
    },
  );

  test('a bin appears only once a step beyond it has come', () => {
    expect(build(16, () => 1)(1)).toEqual([]);
    expect(build(17, () => 1)(1)).toHaveLength(2);
  });

  test('NaN counts in min and max only where there is nothing else, and in last as it is', () => {
    const [some, none] = build(17, (step, key) => (key === 1 || step % 2 === 0 ? NaN : step))(1);
    expect(some).toMatchObject({ min: [1], max: [15], last: [NaN] });
    expect(none).toMatchObject({ min: [NaN], max: [NaN], last: [NaN] });
  });

  test('a combination of ids without a row in a bin has no bin, and then one of its own', () => {
    const bins: Copy[] = [];
    const builder = new LevelBuilder((_, emitted) => bins.push(...emitted.map(copy)));
    for (const [step, key] of [
      [1, 0],
      [20, 1],
      [40, 0],
      [60, 1],
    ] as const)
      builder.add(step, [key], [step]);
    expect(bins.map(({ step, keys, min, max }) => [step, ...keys, ...min, ...max])).toEqual([
      [16, 0, 1, 1],
      [32, 1, 20, 20],
      [48, 0, 40, 40],
    ]);
  });
});
