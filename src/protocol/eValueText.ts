const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/**
 * Writes an e-value as people read it: `0.42`, `17`, `4.1×10¹²`. `logE` is its natural logarithm,
 * since the value itself may be beyond any double; a dash stands for one that is not known.
 */
export function eValueText(logE: number): string {
  if (!Number.isFinite(logE)) return '–';
  const exponent = logE / Math.LN10;
  if (exponent <= -2 || exponent >= 3) return scientificText(exponent);
  return exponent >= 1 ? (10 ** exponent).toFixed(0) : (10 ** exponent).toPrecision(2);
}

/** Writes 10 to the power of `exponent`, which need not be whole: `4.1×10¹²`. */
export function scientificText(exponent: number): string {
  // Rounded first, so that 9.96 becomes 1.0 of the next power.
  const power = Math.floor(exponent + Math.log10(1 + 0.05 / 9.95));
  const mantissa = (10 ** (exponent - power)).toFixed(1);
  return `${mantissa}×10${superscript(power)}`;
}

/** Writes a whole number in raised digits: `⁻¹²`. */
export function superscript(power: number): string {
  const digits = String(Math.abs(power)).replaceAll(/\d/g, (digit) =>
    SUPERSCRIPTS.charAt(Number(digit)),
  );
  return `${power < 0 ? '⁻' : ''}${digits}`;
}
