import { describe, expect, test } from 'vitest';
import { envelope } from '../../../webview/chart/envelope.ts';
import { pointAt, tableOf, type Figure } from '../../../webview/chart/figure.ts';

const steps = Int32Array.from({ length: 1_000 }, (_, row) => row + 1);

describe('a point at a step', () => {
  test('is the last one recorded at or before it', () => {
    expect([0, 10, 15, 20, 99].map((step) => pointAt([10, 20, 30], step))).toEqual([
      -1, 0, 0, 1, 2,
    ]);
  });
});

describe('a figure as a table', () => {
  const figure: Figure = {
    lines: [
      { label: 'real', domain: 0, steps, values: steps, style: 'line' },
      {
        label: 'real, validation',
        domain: 0,
        steps: [47, 94],
        values: [0.5, 0.6],
        style: 'points',
      },
    ],
    marks: [],
    lastStep: 1_000,
    format: String,
    formatTick: String,
  };

  test('lists the newest step first, spaced evenly, with every point that stands alone', () => {
    const { columns, rows, points } = tableOf(figure, 10);
    expect(columns).toEqual(['real', 'real, validation']);
    expect(points).toBe(1_000);
    expect(rows.map(({ step }) => step)).toEqual([
      1_000, 900, 800, 700, 600, 500, 400, 300, 200, 100, 94, 47,
    ]);
    expect(rows.at(0)?.cells).toEqual(['1000', '']);
    expect(rows.at(-1)?.cells).toEqual(['47', '0.5']);
  });
});

describe('an envelope', () => {
  const values = Float64Array.from(steps, (step) => (step % 2 === 0 ? 1 : -1));

  test('leaves a short line as it is', () => {
    const line = { steps: [1, 2], values: [3, 4] };
    const band = { low: [2, 3], high: [4, 5], meaning: 'range' } as const;
    expect(envelope(line, band)).toEqual({ ...line, low: [2, 3], high: [4, 5] });
  });

  test('of ranges spans all values, its line is their mean', () => {
    const drawn = envelope({ steps, values }, { low: values, high: values, meaning: 'range' });
    expect(drawn.values.length).toBeLessThan(200);
    expect(Array.from(drawn.low).every((value) => value === -1)).toBe(true);
    expect(Array.from(drawn.high).every((value) => value === 1)).toBe(true);
    for (const value of Array.from(drawn.values)) expect(Math.abs(value)).toBeLessThan(0.1);
  });

  test('of errors keeps their mean width', () => {
    const low = values.map((value) => value - 0.25);
    const high = values.map((value) => value + 0.25);
    const drawn = envelope({ steps, values }, { low, high, meaning: 'error' });
    for (let point = 0; point < drawn.values.length; point++) {
      expect(drawn.high[point]! - drawn.low[point]!).toBeCloseTo(0.5);
    }
  });
});
