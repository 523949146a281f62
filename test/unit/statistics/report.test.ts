import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { replaceMarked } from '../../markdown.ts';
import { NO_EFFECT } from '../../statistics/case.ts';
import { paragraphsOf } from '../../statistics/report.ts';
import type { CaseResult, Results, WatcherResult } from '../../statistics/results.ts';

const never: WatcherResult = {
  ...{ alarms: 0, early: 0, named: 0, misnamed: 0 },
  medianSteps: null,
  onsetError: null,
};
const always: WatcherResult = { ...never, alarms: 400, medianSteps: 26, onsetError: [-4, 0, 9] };

function result(watchers: CaseResult['watchers']): CaseResult {
  const shared = { steps: 2_000, tests: 10, alpha: 0.05, threadSeconds: 1, effect: NO_EFFECT };
  return { ...shared, runs: 400, watchers };
}

function rowsOf(cases: Results['cases'], more: Partial<Results> = {}): string[] {
  const results = { cases, symmetry: null, references: null, ...more };
  return paragraphsOf(results).join('\n').split('\n');
}

describe('the report of the verification', () => {
  it('holds a null for kept while the upper bound of false flags is at most α', () => {
    const rows = rowsOf({
      'null/gaussian': result({ 'ε=0': never, 'Bonferroni per step': always }),
      // SciPy's interval of 13 in 400 ends at 5.49%.
      'null/relu': result({ 'ε=0': never, 'ε=0.1': { ...never, alarms: 13 } }),
    });
    expect(rows.find((row) => row.includes('Gaussian; new'))).toMatch(
      /0\.0% \(0\.0%–0\.9%\).*100\.0% \(99\.1%–100\.0%\).*\| met +\|$/,
    );
    expect(rows.find((row) => row.includes('ReLU'))).toMatch(/3\.3% \(1\.7%–5\.5%\).*MISSED/);
  });

  it('holds promises to their median, and to silence where a difference is tolerated', () => {
    const target = (title: string, alarms: WatcherResult) =>
      rowsOf({ [`target/${title}`]: result({ [title.split(',')[0]!]: alarms }) }).find((row) =>
        /met|MISSED/.test(row),
      );
    expect(target('ε=0, d=0.2 in a quarter', always)).toMatch(
      /met .*\| 26 .*\| 26 .*\| 0 \(-4, 9\)/,
    );
    expect(target('ε=0, d=0.2 in a quarter', { ...always, medianSteps: 27 })).toMatch(/MISSED/);
    expect(target('ε=0, d=0.2 in a quarter', never)).toMatch(/MISSED/);
    expect(target('ε=0.1, RMS gap 0.10', never)).toMatch(/met .*never/);
    expect(target('ε=0.1, RMS gap 0.10', { ...never, alarms: 1 })).toMatch(/MISSED/);
  });

  it('holds flags that are taken back to what may be false of them', () => {
    const row = (title: string, clearing: NonNullable<WatcherResult['clearing']>) =>
      rowsOf({ [`clearing/${title}`]: result({ 'ε=0.1': { ...always, clearing } }) }).find((line) =>
        line.includes(`| ${title} `),
      );
    const none = { cleared: 0, again: 0, againEarly: 0, clearedSteps: null, againSteps: null };
    const some = { ...none, cleared: 400, clearedSteps: [90, 100, 120] } as const;
    expect(row('shrinks to the tolerance', none)).toMatch(/met .*\| 0\.0% \(0\.0%–0\.9%\)/);
    expect(row('shrinks to the tolerance', some)).toMatch(/MISSED .*100 \(90, 120\)/);
    expect(row('goes', some)).toMatch(/met .*\| 400 .*100 \(90, 120\)/);
    expect(row('goes', none)).toMatch(/MISSED/);
    expect(row('goes', { ...some, cleared: 200 })).toMatch(/MISSED/);
    expect(row('goes', { ...some, cleared: 201 })).toMatch(/met/);
    // SciPy's interval of 13 in 400 ends at 5.49%.
    expect(row('goes', { ...some, again: 13 })).toMatch(/MISSED .*3\.3% \(1\.7%–5\.5%\)/);
    const back = { ...some, again: 400, againSteps: [20, 30, 40] } as const;
    expect(row('goes, and comes back after 1,000 steps', back)).toMatch(/met .*30 \(20, 40\)/);
  });

  it('judges symmetry and references where they were measured', () => {
    const symmetry = { layers: 123, steps: 300, largest: 1e-14 };
    const references = { passed: 115, failed: 1 };
    const text = rowsOf({}, { symmetry, references }).join('\n');
    expect(text).toMatch(/met: over 123 layers.*1\.0e-14/);
    expect(text).toMatch(/MISSED: 115 tests passed, 1 failed/);
  });

  it('is formatted as Prettier formats it', async () => {
    const cases = { 'null/gaussian': result({ 'ε=0': never, 'cumulative z': always }) };
    const page = `${paragraphsOf({ cases, symmetry: null, references: null }).join('\n\n')}\n`;
    expect(await format(page, { parser: 'markdown', printWidth: 100 })).toBe(page);
  });
});

describe('replaceMarked', () => {
  it('leaves the rest of a page as it is, whatever other marks it has', () => {
    const page =
      'a\n\n<!-- m -->\n\nold\n\n<!-- to here -->\n\nb\n\n<!-- n -->\n\n<!-- to here -->\n';
    expect(replaceMarked(page, 'm', ['new', 'newer'])).toBe(page.replace('old', 'new\n\nnewer'));
  });

  it('refuses a page without the mark', () => {
    expect(() => replaceMarked('<!-- to here -->', 'm', [])).toThrow('has lost its mark "m"');
  });
});
