import { describe, expect, it } from 'vitest';
import type { Handling } from '../../../src/protocol/run.ts';
import { compareRuns, type ComparedRun } from '../../../src/runs/comparison.ts';

const DOMAINS: ComparedRun['run']['domains'] = [
  { name: 'drawn', kind: 'synthetic' },
  { name: 'photo', kind: 'real' },
  { name: 'scan', kind: 'real' },
];

const part = (accuracy: number, n: number) => ({ accuracy, n, low: 0, high: 1, loss: 0 });

interface Given {
  readonly correct?: number;
  readonly stepMs?: number;
  readonly handling?: readonly Handling[];
}

/** A run with 100 real test images of one domain. */
function run(
  strategy: string,
  seed: number,
  { correct = 50, stepMs = 10, handling = [] }: Given = {},
): ComparedRun {
  return {
    run: { strategy, seed, domains: DOMAINS },
    flags: handling.map((each) => ({ handling: each })),
    summary: {
      stepMs: { median: stepMs },
      metrics: {
        drawn: { validation: part(0.9, 10) },
        photo: { validation: part(0.1, 10), test: part(correct / 100, 100) },
      },
    },
  };
}

describe('compareRuns', () => {
  it('bounds the mean over seeds by the spread of the seeds', () => {
    const runs = [81, 83, 85].map((correct, seed) => run('shared', seed, { correct }));
    const [shared] = compareRuns(['shared'], runs);
    expect(shared?.seeds).toEqual([0, 1, 2]);
    // The 97.5% quantile of t with 2 degrees of freedom is 0.95·√(2 / (1 - 0.95²)); s = 0.02.
    const half = (0.95 * Math.sqrt(2 / (1 - 0.95 ** 2)) * 0.02) / Math.sqrt(3);
    expect(shared?.accuracy?.mean).toBeCloseTo(0.83, 12);
    expect(shared?.accuracy?.interval?.kind).toBe('seeds');
    expect(shared?.accuracy?.interval?.low).toBeCloseTo(0.83 - half, 12);
    expect(shared?.accuracy?.interval?.high).toBeCloseTo(0.83 + half, 12);
  });

  it("bounds a single seed's accuracy by its images", () => {
    const [shared] = compareRuns(['shared'], [run('shared', 1, { correct: 50 })]);
    // Wilson: 0.5 ± z·√(1/4n + z²/4n²)/(1 + z²/n), n = 100.
    expect(shared?.accuracy?.interval?.kind).toBe('images');
    expect(shared?.accuracy?.interval?.low).toBeCloseTo(0.40383, 5);
    expect(shared?.accuracy?.interval?.high).toBeCloseTo(0.59617, 5);
  });

  it('pairs runs by seed and leaves out those without a peer', () => {
    const shared = [60, 70, 90].map((correct, seed) => run('shared', seed, { correct }));
    const separate = [run('separate', 1, { correct: 75 }), run('separate', 0, { correct: 62 })];
    const [first, second] = compareRuns(['shared', 'separate'], [...shared, ...separate]);
    expect(first?.difference).toBeNull();
    expect(second?.difference?.mean).toBeCloseTo((0.02 + 0.05) / 2, 12);
    expect(second?.difference?.interval?.kind).toBe('seeds');
  });

  it('bounds no difference that a single seed shows', () => {
    const runs = [run('shared', 1, { correct: 50 }), run('separate', 1, { correct: 51 })];
    const { difference } = compareRuns(['shared', 'separate'], runs)[1] ?? {};
    expect(difference?.mean).toBeCloseTo(0.01, 12);
    expect(difference?.interval).toBeNull();
  });

  it('pools the test images of several real domains', () => {
    const one = run('shared', 1, { correct: 50 });
    const metrics = { ...one.summary?.metrics, scan: { test: part(0.9, 300) } };
    const pooled = { ...one, summary: one.summary && { ...one.summary, metrics } };
    expect(compareRuns(['shared'], [pooled])[0]?.accuracy?.mean).toBeCloseTo(0.8, 12);
  });

  it('counts flags in a run, and compares steps seed by seed', () => {
    const runs = [
      run('shared', 1, { stepMs: 10, handling: ['mixed', 'mixed'] }),
      run('separate', 1, { stepMs: 11, handling: ['handled'] }),
      run('shared', 2, { stepMs: 20, handling: ['mixed'] }),
      run('separate', 2, { stepMs: 26 }),
    ];
    const [shared, separate] = compareRuns(['shared', 'separate'], runs);
    expect(shared).toMatchObject({
      flags: { mixed: 1.5, handled: 0 },
      stepMs: 15,
      stepRatio: null,
    });
    expect(separate).toMatchObject({ flags: { mixed: 0, handled: 0.5 }, stepMs: 18.5 });
    expect(separate?.stepRatio).toBeCloseTo(1.2, 12);
    expect(shared?.synthetic).toBeCloseTo(0.9, 12);
  });

  it('marks what an oracle chose', () => {
    const one = run('shared', 1);
    const oracle = { ...one, run: { ...one.run, oracle: true } } as const;
    const compared = compareRuns(['shared', 'separate'], [oracle, run('separate', 1)]);
    expect(compared.map((row) => row.oracle)).toEqual([true, false]);
  });

  it('says of a strategy without a finished run that nothing is known', () => {
    expect(compareRuns(['shared', 'separate'], [run('shared', 1)])[1]).toEqual({
      strategy: 'separate',
      seeds: [],
      oracle: false,
      accuracy: null,
      difference: null,
      synthetic: null,
      flags: null,
      stepMs: null,
      stepRatio: null,
    });
  });
});
