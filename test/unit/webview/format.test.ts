import { describe, expect, test } from 'vitest';
import {
  decimal,
  duration,
  percent,
  powerOfTen,
  significant,
  tick,
  whole,
} from '../../../webview/format.ts';

describe('numbers as people read them', () => {
  test.each([
    [0.2131, '0.213'],
    [-0.02, '−0.020'],
    [-0.0001, '0.000'],
    [NaN, '–'],
  ])('decimal(%d) is %s', (value, text) => {
    expect(decimal(value)).toBe(text);
  });

  test.each([
    [0, '0'],
    [0.21, '0.210'],
    [12.345, '12.3'],
    [-3.14159, '−3.14'],
    [999.9, '1,000'],
    [12_480, '12,480'],
    [0.00012, '1.2×10⁻⁴'],
    [-250_000, '−2.5×10⁵'],
    [9.96e-5, '1.0×10⁻⁴'],
    [NaN, '–'],
  ])('significant(%d) is %s', (value, text) => {
    expect(significant(value)).toBe(text);
  });

  test('ticks are short', () => {
    expect([0.6000000000000001, -1, 0, 1e-5].map(tick)).toEqual(['0.6', '−1', '0', '1.0×10⁻⁵']);
    expect([0, 1, -2, 12].map(powerOfTen)).toEqual(['1', '10', '10⁻²', '10¹²']);
  });

  test('shares are in percent, counts have separators', () => {
    expect(percent(0.89143)).toBe('89.1%');
    expect(whole(1_234_567)).toBe('1,234,567');
  });

  test.each([
    [4.4, '4 s'],
    [130, '2 min 10 s'],
    [3_900, '1 h 5 min'],
    [NaN, '–'],
  ])('duration(%d) is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
