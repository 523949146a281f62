import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { renderReadme } from '../../../bench/readme.ts';
import { describeResults } from '../../../bench/report.ts';
import { formatResults, type Results } from '../../../bench/results.ts';

const ROUNDS = [1, 1, 1, 1, 1, 1];
const times = (ms: number) => ({ stepMs: ROUNDS.map((one) => ms * one), peakMiB: 200 });

/** Our step takes 20 ms, stock tfjs 200, PyTorch 25 in its usual format and 40 in the other. */
const RESULTS: Results = {
  date: '2026-11-22T12:00:00.000Z',
  minutes: 18,
  machine: { cpu: 'A processor', cores: 2, memoryGiB: 8, system: 'Linux 6' },
  load: [0.1, 2.5],
  plan: { rounds: 6, sliceMs: 150, patienceMs: 8_000 },
  comparisons: [
    {
      net: 'cnn',
      images: 128,
      versions: { torch: '2.13.0' },
      contenders: [
        { id: 'wasm-1/one', title: 'wasm', threads: 1, stock: 'tfjs-wasm', ...times(20) },
        { id: 'native/one', title: 'native', threads: 2, unavailable: 'It is not installed.' },
        { id: 'tfjs-wasm', title: 'tfjs wasm', threads: 1, ...times(200) },
        { id: 'torch-1/default', title: 'PyTorch', threads: 1, ...times(25) },
        { id: 'torch-1/channels_last', title: 'PyTorch, other', threads: 1, ...times(40) },
      ],
    },
  ],
  recording: null,
};

describe('the report of a benchmark', () => {
  it('sets each contender against PyTorch at its fastest and against stock tfjs', () => {
    expect(describeResults(RESULTS)).toMatch(
      /^wasm +20\.0 +6400 +200 +0\.800 \(0\.800–0\.800\) +0\.100 \(0\.100–0\.100\)$/m,
    );
  });

  it('says who did not take part, and why', () => {
    expect(describeResults(RESULTS)).toContain('– native: It is not installed.');
  });

  it('says which targets are met, of those that were measured', () => {
    const verdicts = describeResults(RESULTS).match(/^(met|MISSED) .*$/gm);
    expect(verdicts).toEqual([
      expect.stringMatching(/^met +cnn: wasm \/ PyTorch +0\.800 .* 1\.00$/),
      expect.stringMatching(/^met +cnn: wasm \/ tfjs wasm +0\.100 .* 0\.143$/),
    ]);
  });

  it('judges by the median, and says where noise may have decided', () => {
    const [comparison] = RESULTS.comparisons;
    const verdict = (torchMs: readonly number[]): string | undefined => {
      const contenders = comparison!.contenders.map((one) =>
        one.id === 'torch-1/default' ? { ...one, stepMs: torchMs } : one,
      );
      const results = { ...RESULTS, comparisons: [{ ...comparison!, contenders }] };
      return /^(.*\S) +cnn: wasm \/ PyTorch/m.exec(describeResults(results))?.[1];
    };
    expect(verdict([21, 22, 23, 24, 25, 26])).toBe('met');
    expect(verdict([19, 21, 22, 23, 24, 25])).toBe('met, within noise');
    expect(verdict([21, 19, 18, 17, 16, 15])).toBe('MISSED, within noise');
    expect(verdict([19, 18, 17, 16, 15, 14])).toBe('MISSED');
  });

  it('warns of figures from a busy machine', () => {
    expect(describeResults({ ...RESULTS, load: [5, 7] })).toMatch(/^The machine was busy/);
  });
});

describe("the README's part of it", () => {
  const README =
    'before\n\n<!-- npm run bench writes from here -->\n\nold\n\n<!-- to here -->\n\nafter\n';

  it('replaces what is between the marks, and nothing else', () => {
    const rendered = renderReadme(README, RESULTS);
    expect(rendered).toMatch(/^before\n/);
    expect(rendered).toMatch(/\nafter\n$/);
    expect(rendered).not.toContain('old');
    expect(rendered).toContain('20.0 ms');
  });

  it('is formatted as Prettier formats it', async () => {
    const rendered = renderReadme(README, RESULTS);
    expect(await format(rendered, { parser: 'markdown' })).toBe(rendered);
  });
});

describe('results.json', () => {
  it('holds the results, each list of numbers on one line', () => {
    const text = formatResults(RESULTS);
    expect(JSON.parse(text)).toEqual(RESULTS);
    expect(text).toContain('"stepMs": [20, 20, 20, 20, 20, 20]');
  });
});
