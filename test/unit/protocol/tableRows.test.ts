import { describe, expect, test } from 'vitest';
import { keepLatest, latestRows, rowAt } from '../../../src/protocol/tableRows.ts';
import type { TableRows } from '../../../src/protocol/tables.ts';

const values = {
  mmd2: Float64Array.of(1, 2, 3, 4, NaN),
  n: Float64Array.of(8, 8, 8, 8, 8),
  m: Float64Array.of(6, 6, 6, 6, 6),
};
const rows: TableRows<'mmdClasses'> = {
  step: Int32Array.of(50, 50, 50, 100, 150),
  site: Int32Array.of(0, 0, 1, 0, 1),
  pair: Int32Array.of(0, 0, 0, 0, 0),
  class: Int32Array.of(3, 7, 3, 3, 3),
  ...values,
  min: values,
  max: values,
};

describe('the rows of a table', () => {
  test('are objects by themselves', () => {
    const first = { step: 50, site: 0, pair: 0, class: 3, mmd2: 1, n: 8, m: 6 };
    expect(rowAt('mmdClasses', rows, 0)).toEqual(first);
  });

  test('are listed once for each combination of ids, the last of each', () => {
    const latest = latestRows('mmdClasses', rows);
    expect(latest.map(({ step, site, class: label, mmd2 }) => [step, site, label, mmd2])).toEqual([
      [100, 0, 3, 4],
      [50, 0, 7, 2],
      [150, 1, 3, NaN],
    ]);
    expect(latestRows('mmdClasses', undefined)).toEqual([]);
  });

  test('are kept in columns of the same types', () => {
    const kept = keepLatest('mmdClasses', rows);
    expect(kept.step).toEqual(Int32Array.of(100, 50, 150));
    expect(kept.class).toEqual(Int32Array.of(3, 7, 3));
    expect(kept.mmd2).toEqual(Float64Array.of(4, 2, NaN));
    expect(kept.max.n).toEqual(Float64Array.of(8, 8, 8));
  });
});
