const collator = new Intl.Collator('en', { numeric: true });

/** Compares names as people count: "2" before "10"; a total order, the same on every machine. */
export function naturalOrder(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
