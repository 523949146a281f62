import { expect, test } from 'vitest';
import { eValueText } from '../../../src/protocol/eValueText.ts';

test.each([
  [0, '1.0'],
  [Math.log(0.5), '0.50'],
  [Math.log(17), '17'],
  [Math.log(999), '999'],
  [Math.log(4.1) + 12 * Math.LN10, '4.1×10¹²'],
  [Math.log(9.99) + 12 * Math.LN10, '1.0×10¹³'],
  [-5 * Math.LN10, '1.0×10⁻⁵'],
  [2_000, '3.9×10⁸⁶⁸'],
  [NaN, '–'],
])('exp(%d) is %s', (logE, text) => {
  expect(eValueText(logE)).toBe(text);
});
