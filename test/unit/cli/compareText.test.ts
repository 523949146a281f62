import { describe, expect, it } from 'vitest';
import { describeComparison, type Comparison } from '../../../src/cli/compareText.ts';

const COMPARISON: Comparison = {
  experiment: '/project/digits.bn.ts',
  interrupted: false,
  strategies: [
    {
      strategy: 'shared',
      seeds: [1, 2],
      oracle: false,
      accuracy: { mean: 0.82, interval: { low: 0.8, high: 0.84, kind: 'seeds' } },
      difference: null,
      synthetic: 0.991,
      flags: { mixed: 3, handled: 0 },
      stepMs: 12.34,
      stepRatio: null,
    },
    {
      strategy: 'separate',
      seeds: [1],
      oracle: false,
      accuracy: { mean: 0.845, interval: { low: 0.82, high: 0.866, kind: 'images' } },
      difference: { mean: -0.0124, interval: null },
      synthetic: 0.99,
      flags: { mixed: 0, handled: 2.5 },
      stepMs: 13,
      stepRatio: 1.053,
    },
  ],
  runs: [
    {
      strategy: 'shared',
      seed: 1,
      state: 'finished',
      run: '/project/.bn-lens/runs/a',
      accuracy: 0.82,
      error: null,
    },
    {
      strategy: 'separate',
      seed: 2,
      state: 'failed',
      run: '/project/.bn-lens/runs/b',
      accuracy: null,
      error: 'The loss is not a number.\n    at step',
    },
  ],
};

describe('describeComparison', () => {
  it('has a row for each strategy, says what intervals mean, and a row for each run', () => {
    expect(describeComparison(COMPARISON, '/project').split('\n')).toEqual([
      'digits.bn.ts: accuracy on real test images',
      '',
      'strategy  seeds  real test  95% interval    less shared  95% interval  synthetic  flags        step     ratio',
      'shared    2      82.0%      [80.0%, 84.0%]  –            –             99.1%      3 mixed      12.3 ms  –',
      'separate  1      84.5%      [82.0%, 86.6%]  −1.2         –             99.0%      2.5 handled  13.0 ms  × 1.05',
      '',
      "Intervals: Student's t over the seeds, all tested on the same images.",
      "Intervals of one seed: Wilson's, for the images tested.",
      'Differences are in percentage points, of runs with the same seed and the same batches.',
      "Synthetic: validation images. Flags: mean of a run. Steps: median of the runs' medians.",
      '',
      'Runs',
      '  shared    seed 1  82.0%   .bn-lens/runs/a',
      '  separate  seed 2  failed  The loss is not a number. .bn-lens/runs/b',
      '',
    ]);
  });

  it('marks what an oracle chose', () => {
    const strategies = COMPARISON.strategies.map((one) => ({ ...one, oracle: true }));
    const text = describeComparison({ ...COMPARISON, strategies }, '/project');
    expect(text).toMatch(/^shared +2 +82\.0%\* +\[80\.0%/m);
    expect(text).toContain("\n* An oracle's: labels that may not be trained on");
  });

  it('says that it was interrupted, and marks what is not known', () => {
    const [shared] = COMPARISON.strategies;
    if (shared === undefined) throw new Error('no strategy');
    const nothing = {
      ...shared,
      seeds: [],
      accuracy: null,
      synthetic: null,
      flags: null,
      stepMs: null,
    };
    const text = describeComparison(
      { ...COMPARISON, interrupted: true, strategies: [nothing], runs: [] },
      '/project',
    );
    expect(text).toMatch(/^shared {4}0 +(– +){7}–$/m);
    expect(text).toContain('Interrupted: this is what was finished.');
  });
});
