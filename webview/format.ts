import { scientificText, superscript } from '../src/protocol/eValueText.ts';

/** Stands where a number is not known. */
export const UNKNOWN = '–';

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Writes a count: `12,480`. */
export function whole(value: number): string {
  return Number.isFinite(value) ? WHOLE.format(value) : UNKNOWN;
}

/** Writes a share of one in percent: `93.2%`. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)}%` : UNKNOWN;
}

/** Writes a number with three decimals, for columns: `0.213`, `−0.020`. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  // Adding zero turns the negative zero of rounding into plain zero.
  return minus((Number(value.toFixed(3)) + 0).toFixed(3));
}

/** Writes a number of any size with three significant digits: `0.210`, `1,840`, `1.2×10⁻⁵`. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-3 || size >= 1e5) return scientific(value);
  return minus(size >= 999.5 ? whole(value) : value.toPrecision(3));
}

/** Writes a tick of an axis as shortly as it can be: `0.2`, `−1`, `1.2×10⁻⁵`. */
export function tick(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return scientific(value);
  return minus(String(Number(value.toPrecision(6))));
}

/** Writes a power of ten, for ticks: `10⁻²`, `1`, `10`, `10¹²`. */
export function powerOfTen(exponent: number): string {
  if (exponent === 0) return '1';
  if (exponent === 1) return '10';
  return `10${superscript(exponent)}`;
}

/** Writes a length of time in its two largest units: `2 min 10 s`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return UNKNOWN;
  const total = Math.max(0, Math.round(seconds));
  const s = total % 60;
  const min = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  if (hours > 0) return `${hours} h ${min} min`;
  return min > 0 ? `${min} min ${s} s` : `${s} s`;
}

/** Writes when something happened, ms since 1970, in the reader's own zone: `22 Nov, 14:15`. */
export function moment(t: number): string {
  return new Date(t).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}

function scientific(value: number): string {
  return `${value < 0 ? '−' : ''}${scientificText(Math.log10(Math.abs(value)))}`;
}

function minus(text: string): string {
  return text.replace('-', '−');
}
