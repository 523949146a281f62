import { describe, expect, test, vi } from 'vitest';
import { LatestStatistics } from '../../../../src/host/language/latestStatistics.ts';
import { flagMeaning, siteReport } from '../../../../src/host/language/siteReport.ts';
import { entryWith, faultWith, flagAt } from '../entries.ts';
import { mmdRows, mmdWindowRows, pairRows, siteRows } from './rows.ts';

vi.mock('vscode', () => import('../vscode.ts'));

const estimate = { step: 100, mmd2: 0.2134, bandwidth: 1, kernels: 5, n: 32, m: 32 };

const statistics = new LatestStatistics();
statistics.apply({
  reset: true,
  tables: {
    sites: siteRows([
      { step: 120, site: 0, domain: 0, mean: 0.125, variance: 1.5 },
      { step: 120, site: 0, domain: 1, mean: -0.25, variance: 0.00012 },
    ]),
    pairs: pairRows([
      {
        step: 120,
        site: 0,
        pair: 0,
        gap: 0.83,
        gapSe: 0.02,
        gapFloor: 0.06,
        logVarianceRatio: 0.41,
        logVarianceRatioSe: 0.05,
        logVarianceRatioFloor: 0.1,
        logE: Math.log(2.5e5),
      },
    ]),
    mmd: mmdRows([{ ...estimate, p: 0.005, permutations: 199 }]),
    mmdWindows: mmdWindowRows([{ step: 100, mmd2: 0.19876, floor95: 0.00421, batches: 8 }]),
  },
});
const exact = [{ site: 0, how: 'exact' }] as const;

describe('siteReport', () => {
  test('tabulates mean and variance by domain', () => {
    const report = siteReport(entryWith(), exact, statistics);
    expect(report).toContain('**bn1** · 16 channels');
    expect(report).toContain('| synthetic | 0.1250 | 1.500 |');
    expect(report).toContain('| real | -0.2500 | 1.20e-4 |');
  });

  test('sets gap and variance ratio beside what noise alone gives, and the e-value its threshold', () => {
    const report = siteReport(entryWith(), exact, statistics);
    expect(report).toContain('| synthetic – real | seen | noise alone |');
    expect(report).toContain('| gap | 0.830 ± 0.020 | 0.060 |');
    expect(report).toContain('| ln variance ratio | 0.410 ± 0.050 | 0.100 |');
    // One site and one pair at alpha 0.05.
    expect(report).toContain('| e-value | 2.5×10⁵ | flag from 20 |');
  });

  test('gives the latest MMD, with its p by permutations where the run has one', () => {
    expect(siteReport(entryWith(), exact, statistics)).toContain(
      '| MMD² | 0.213 | p 0.005 of 199 permutations |\n| MMD², 8 batches | 0.19876 | in 95% below 0.00421 |',
    );
    const old = new LatestStatistics();
    const mmd = mmdRows([{ ...estimate, p: NaN, permutations: 0 }]);
    const tables = { sites: siteRows([{ step: 1 }]), pairs: pairRows([{ step: 1 }]), mmd };
    old.apply({ reset: true, tables });
    expect(siteReport(entryWith(), exact, old)).toContain('| MMD² | 0.213 |  |');
  });

  test('puts a dash for what is not known', () => {
    const unknown = new LatestStatistics();
    const sites = siteRows([{ step: 1, mean: NaN, variance: Infinity }]);
    const pairs = pairRows([{ step: 1, gap: 0.5, gapSe: NaN, gapFloor: NaN, logE: NaN }]);
    unknown.apply({ reset: true, tables: { sites, pairs } });
    const report = siteReport(entryWith(), exact, unknown);
    expect(report).toContain('| synthetic | – | – |');
    expect(report).toContain('| gap | 0.500 ± – | – |');
    expect(report).toContain('| e-value | – |');
  });

  test('says which run it is from and how far that is', () => {
    expect(siteReport(entryWith(), exact, statistics)).toContain(
      'Run shared · seed 1, running, step 120 of 2,000.',
    );
  });

  test('warns where one set of statistics serves two domains that differ', () => {
    const report = siteReport(entryWith({ flags: [flagAt(0)] }), exact, statistics);
    expect(report).toContain(
      '$(warning) synthetic and real differ here, and one set of statistics serves both ' +
        '\\(known since step 40\\).',
    );
  });

  test('only informs where each domain has its own statistics', () => {
    const flags = [flagAt(0, { handling: 'handled' })];
    expect(siteReport(entryWith({ flags }), exact, statistics)).toContain(
      '$(info) synthetic and real differ here, and each has its own statistics',
    );
  });

  test('claims no more than differing activations below the first layer with own statistics', () => {
    const [first] = entryWith().run.sites;
    const sites = [first, first].filter((site) => site !== undefined);
    const flag = flagAt(1, { handling: 'handled' });
    expect(flagMeaning(entryWith({ run: { sites } }).run, flag)).toMatch(
      /^the activations of synthetic and real differ here/,
    );
  });

  test("tells a site's own faults, before its first step too, with their remedies", () => {
    const information = faultWith({ code: 'bias-before-norm', message: 'bn1 takes it out' });
    const faults = [faultWith(), information, faultWith({ site: 1, message: 'another' })];
    for (const known of [statistics, new LatestStatistics()]) {
      const report = siteReport(entryWith({ faults }), exact, known);
      expect(report).toContain(
        '$(warning) 4 of the 16 channels of bn1 are dead. Lower the learning rate.',
      );
      expect(report).toContain('$(info) bn1 takes it out.');
      expect(report).not.toContain('another');
    }
  });

  test('says that nothing is recorded before the first step', () => {
    expect(siteReport(entryWith(), exact, new LatestStatistics())).toContain(
      'No step recorded yet.',
    );
  });

  test('owns up to a call found again by name or order', () => {
    const report = (how: 'name' | 'order') =>
      siteReport(entryWith(), [{ site: 0, how }], statistics);
    expect(report('name')).toContain('found again by its name');
    expect(report('order')).toContain('by its place in order only');
    expect(siteReport(entryWith(), exact, statistics)).not.toContain('Edited since');
  });

  test('keeps names from becoming markup', () => {
    const [domain] = entryWith().run.domains;
    const domains = ['a|b', '*c*'].map(
      (name) => ({ ...domain, name }) as NonNullable<typeof domain>,
    );
    const report = siteReport(entryWith({ run: { domains } }), exact, statistics);
    expect(report).toContain('| a\\|b | 0.1250 |');
    expect(report).toContain('| \\*c\\* | -0.2500 |');
  });

  test('shows the layers of one call with most evidence first and counts the rest', () => {
    const [site] = entryWith().run.sites;
    const names = ['b0', 'b1', 'b2', 'b3', 'b4', 'b5'];
    const sites = names.map((name) => ({ ...site, name }) as NonNullable<typeof site>);
    const growing = new LatestStatistics();
    growing.apply({
      reset: true,
      tables: {
        sites: siteRows(names.map((_, id) => ({ step: 1, site: id, domain: 0 }))),
        pairs: pairRows(names.map((_, id) => ({ step: 1, site: id, pair: 0, logE: id }))),
      },
    });
    const hovered = names.map((_, id) => ({ site: id, how: 'exact' as const }));
    const report = siteReport(entryWith({ run: { sites } }), hovered, growing);
    expect([...report.matchAll(/\*\*(b\d)\*\*/g)].map((match) => match[1])).toEqual([
      'b5',
      'b4',
      'b3',
      'b2',
    ]);
    expect(report).toContain('… and 2 more layers built here.');
  });
});
