import { expect, it } from 'vitest';
import type { Measurement } from '../../../bench/measurement.ts';
import { renderStrategies } from '../../../bench/strategyCosts.ts';

const MARKS =
  '<!-- npm run bench writes what a step costs from here -->\n\nold\n\n<!-- to here -->';

function measured(id: string, stepMs: readonly number[]): Measurement {
  return { id, title: id, threads: 1, stepMs, peakMiB: null };
}

it('sets step times over those of shared, and says who could not be measured', () => {
  const shared = [15, 15, 15, 15, 15, 15];
  const cnn = [
    measured('shared', shared),
    measured(
      'separate',
      shared.map((ms) => 1.1 * ms),
    ),
    { id: 'shared+mmd', title: 'shared+mmd', threads: 1, unavailable: 'it has no images' } as const,
  ];
  const plan = { rounds: 6, sliceMs: 1, patienceMs: 1 };
  const page = renderStrategies(`before\n\n${MARKS}\n`, new Map([['cnn', cnn]]), plan);
  expect(page).toContain('medians of 6 rounds');
  expect(page).toContain(
    [
      '| Strategy     | CNN              |',
      '| ------------ | ---------------- |',
      '| `shared`     | 15.0 ms          |',
      '| `separate`   | 1.10 (1.10–1.10) |',
      '| `shared+mmd` | –                |',
    ].join('\n'),
  );
  expect(page).toContain('`shared+mmd` on the CNN: it has no images');
  expect(page).not.toContain('old');
});
