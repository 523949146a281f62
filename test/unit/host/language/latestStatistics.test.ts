import { describe, expect, test } from 'vitest';
import { LatestStatistics } from '../../../../src/host/language/latestStatistics.ts';
import { pairRows, siteRows } from './rows.ts';

describe('LatestStatistics', () => {
  test('keeps the last row of each site and domain', () => {
    const latest = new LatestStatistics();
    const sites = siteRows([
      { step: 1, site: 0, domain: 0, mean: 1, variance: 2 },
      { step: 1, site: 0, domain: 1, mean: 3, variance: 4 },
      { step: 2, site: 0, domain: 0, mean: 5, variance: 6 },
    ]);
    latest.apply({ reset: true, tables: { sites } });
    expect(latest.domain(0, 0)).toMatchObject({ step: 2, mean: 5, variance: 6 });
    expect(latest.domain(0, 1)).toMatchObject({ step: 1, mean: 3, variance: 4 });
    expect(latest.domain(1, 0)).toBeUndefined();
  });

  test('goes on from one delta to the next', () => {
    const latest = new LatestStatistics();
    const first = siteRows([{ step: 1, site: 0, domain: 0, mean: 1, variance: 2 }]);
    const second = pairRows([{ step: 1, site: 0, pair: 0, gap: 0.5, logE: 7 }]);
    latest.apply({ reset: true, tables: { sites: first } });
    latest.apply({ reset: false, tables: { pairs: second } });
    expect(latest.domain(0, 0)?.mean).toBe(1);
    expect(latest.pair(0, 0)).toMatchObject({ gap: 0.5, logE: 7 });
  });

  test('forgets everything when the run is delivered afresh', () => {
    const latest = new LatestStatistics();
    const sites = siteRows([{ step: 1, site: 0, domain: 0, mean: 1, variance: 2 }]);
    latest.apply({ reset: true, tables: { sites } });
    latest.apply({ reset: true, tables: {} });
    expect(latest.domain(0, 0)).toBeUndefined();
  });
});
