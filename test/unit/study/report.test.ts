import { expect, it } from 'vitest';
import { paragraphsOf } from '../../study/report.ts';
import { keyOf, type TrialResult } from '../../study/results.ts';

function measured(strategy: string, seed: number, correct: number): TrialResult {
  const part = (accuracy: number, n: number) => ({ accuracy, n, low: 0, high: 1, loss: 0 });
  return {
    run: {
      strategy,
      seed,
      domains: [
        { name: 'synthetic', kind: 'synthetic' },
        { name: 'real', kind: 'real' },
      ],
    },
    flags: [{ handling: 'mixed' }],
    summary: {
      stepMs: { median: strategy === 'shared' ? 10 : 11 },
      metrics: {
        synthetic: { validation: part(0.9, 200) },
        real: { test: part(correct / 900, 900) },
      },
    },
    steps: 10,
  };
}

it('sets what was measured of a setting in a table, and says what differs and what failed', () => {
  const trial = (strategy: string, seed: number) =>
    keyOf({ pair: 'typeset', labels: 'none', strategy, seed });
  const paragraphs = paragraphsOf({
    sha256: '',
    trials: {
      [trial('shared', 1)]: measured('shared', 1, 450),
      [trial('shared', 2)]: measured('shared', 2, 468),
      [trial('separate', 1)]: measured('separate', 1, 540),
      [trial('separate', 2)]: measured('separate', 2, 559),
      [trial('separate+mmd', 1)]: { failure: 'It needs labels.' },
      [trial('separate+mmd', 2)]: { failure: 'It needs labels.' },
    },
  });
  // t with 1 degree of freedom: 12.7062.
  expect(paragraphs).toEqual([
    '### Typeset to handwritten digits, no real training image labelled',
    [
      '| Strategy   | Seeds | Real test            | Less `shared`       | Synthetic | Flags   | Step  |',
      '| ---------- | ----- | -------------------- | ------------------- | --------- | ------- | ----- |',
      '| `shared`   | 2     | 51.0% [38.3%, 63.7%] | –                   | 90.0%     | 1 mixed | –     |',
      '| `separate` | 2     | 61.1% [47.6%, 74.5%] | +10.1 [+9.3, +10.8] | 90.0%     | 1 mixed | ×1.10 |',
    ].join('\n'),
    'Of 1 differences, 1 lie above 0 with their whole interval, 0 below it, and 0 are not told apart from 0.',
    '`separate+mmd`: It needs labels.',
  ]);
});

it('says nothing of settings that were not measured', () => {
  expect(paragraphsOf({ sha256: '', trials: {} })).toEqual([]);
});
