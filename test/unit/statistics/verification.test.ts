import { describe, expect, it } from 'vitest';
import { SEED } from '../../statistics/case.ts';
import { CASES } from '../../statistics/cases.ts';
import { NULLS, WIDTHS } from '../../statistics/nulls.ts';
import { TARGETS } from '../../statistics/powers.ts';
import { FastRandom } from '../../statistics/fastRandom.ts';
import { measureSymmetry, ROUNDING } from '../../statistics/symmetry.ts';
import { storiesOf } from '../../statistics/trial.ts';
import type { WatcherName } from '../../statistics/watchers.ts';
import { median } from '../../../src/stats/median.ts';

/** What `npm run verify:stats` measures, with few runs. */
function alarmsOf(id: string, runs: number, steps: number): Map<WatcherName, number[]> {
  const asked = CASES.find((one) => one.id === id)!;
  const outcomes = Array.from({ length: runs }, (_, run) =>
    storiesOf(asked.open(new FastRandom(SEED, id, run), []), { ...asked, steps }),
  );
  return new Map(
    asked.watchers.map((name, index) => [
      name,
      outcomes.map((stories) => stories[index]?.step ?? Infinity),
    ]),
  );
}

describe('the flag, in short', () => {
  it.each(['null/gaussian', 'null/convolution'])('is never false in %s', (id) => {
    const alarms = alarmsOf(id, 6, 300);
    const never = Array<number>(6).fill(Infinity);
    expect(alarms.get('ε=0')).toEqual(never);
    expect(alarms.get('ε=0.1')).toEqual(never);
    // The contrast, on the same draws: a test anew at every step.
    const bonferroni = alarms.get('Bonferroni per step') ?? [];
    expect(bonferroni.filter(Number.isFinite).length).toBeGreaterThanOrEqual(5);
  });

  it.each([
    ['target/ε=0, d=0.2 in a quarter', 'ε=0', 35],
    ['target/ε=0.1, RMS gap 0.15', 'ε=0.1', 90],
  ] as const)('comes in time in %s', (id, watcher, steps) => {
    expect(median(alarmsOf(id, 11, 300).get(watcher) ?? [])).toBeLessThanOrEqual(steps);
  });

  it('is taken back once the difference goes, not while it is at the tolerance', () => {
    const clearedIn = (id: string, runs: number) => {
      const asked = CASES.find((one) => one.id === id)!;
      return Array.from(
        { length: runs },
        (_, run) =>
          storiesOf(asked.open(new FastRandom(SEED, id, run), []), { ...asked, steps: 900 })[0],
      );
    };
    for (const story of clearedIn('clearing/shrinks to the tolerance', 2)) {
      expect(story).toMatchObject({ cleared: null, again: null });
      expect(story?.step).toBeLessThan(100);
    }
    for (const story of clearedIn('clearing/goes, and comes back after 1,000 steps', 3)) {
      expect(story?.cleared).toBeGreaterThan(300);
      expect(story?.cleared).toBeLessThan(900);
      expect(story?.again).toBeNull();
    }
  });

  it('says about when a difference began', () => {
    const asked = CASES.find(({ id }) => id === 'target/ε=0, d=0.2 in a quarter, from step 1,000')!;
    const errors = Array.from({ length: 3 }, (_, run) => {
      const source = asked.open(new FastRandom(SEED, asked.id, run), []);
      return storiesOf(source, { ...asked, steps: 1_300 })[0]!.onset! - 1_001;
    });
    expect(Math.abs(median(errors))).toBeLessThan(60);
  });

  it('does not care which domain is the first', () => {
    const { layers, largest } = measureSymmetry([]);
    expect(largest).toBeLessThan(ROUNDING);
    // The layers of the nulls of simulated images at both tolerances, a promise's one at its own.
    const nulls = NULLS.filter(({ needsNet }) => !needsNet).length;
    expect(layers).toBe(2 * nulls * WIDTHS.length + TARGETS.length);
  });
});
