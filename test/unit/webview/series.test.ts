import { describe, expect, test } from 'vitest';
import { Series, type SourceRows } from '../../../webview/model/series.ts';

/** Rows of single steps whose value is given by the step. */
function rows(first: number, last: number, value: (step: number) => number): SourceRows<'loss'> {
  const step = Int32Array.from({ length: last - first + 1 }, (_, row) => first + row);
  const loss = Float64Array.from(step, value);
  return { step, loss, min: { loss }, max: { loss } };
}

function fill(series: Series<'loss'>, source: SourceRows<'loss'>): void {
  for (const row of source.step.keys()) series.append(source, row);
}

describe('a series', () => {
  test('keeps every step of a short run', () => {
    const series = new Series(['loss']);
    fill(
      series,
      rows(1, 500, (step) => 1 / step),
    );
    expect(series.steps).toEqual(Int32Array.from({ length: 500 }, (_, row) => row + 1));
    expect(series.trace('loss').last[99]).toBe(1 / 100);
    expect(series.latest('loss')).toBe(1 / 500);
  });

  test('sums up a long run in bounded memory without losing an extreme or the newest value', () => {
    const series = new Series(['loss']);
    const value = (step: number): number => (step === 34_567 ? 99 : Math.sin(step));
    fill(series, rows(1, 100_000, value));
    const { steps } = series;
    const { last, min, max } = series.trace('loss');
    expect(steps.length).toBeLessThanOrEqual(2_048);
    expect(steps.length).toBeGreaterThan(1_000);
    expect(steps.at(-1)).toBe(100_000);
    expect(series.latest('loss')).toBe(Math.sin(100_000));
    expect(Math.max(...max)).toBe(99);
    for (const [point, step] of steps.entries()) {
      expect(last[point]).toBe(value(step));
      const stretch = step - (steps[point - 1] ?? 0);
      const inside = Array.from({ length: stretch }, (_, back) => value(step - back));
      expect(min[point]).toBe(Math.min(...inside));
      expect(max[point]).toBe(Math.max(...inside));
    }
  });

  test('takes binned history first and single steps after it', () => {
    const series = new Series(['loss']);
    const step = Int32Array.of(256, 512);
    const loss = Float64Array.of(2, 1);
    const bounds = {
      min: { loss: Float64Array.of(1.5, 0.5) },
      max: { loss: Float64Array.of(3, 2) },
    };
    fill(series, { step, loss, ...bounds });
    fill(
      series,
      rows(513, 514, () => 0.7),
    );
    expect(series.steps).toEqual(Int32Array.of(256, 512, 513, 514));
    expect(series.trace('loss')).toEqual({
      last: Float64Array.of(2, 1, 0.7, 0.7),
      min: Float64Array.of(1.5, 0.5, 0.7, 0.7),
      max: Float64Array.of(3, 2, 0.7, 0.7),
    });
  });

  test('has no latest value before the first row', () => {
    expect(new Series(['loss']).latest('loss')).toBeNaN();
  });
});
