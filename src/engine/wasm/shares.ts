/** Elements of one share of an operation's work. */
export interface Share {
  readonly first: number;
  readonly count: number;
}

/** Shares of an operation at most: enough that threads of unequal speed end together. */
const MOST_SHARES = 16;
/** Work that is worth a thread's attention, in multiplications or floats moved. */
const LEAST_WORK = 1 << 16;

/**
 * Splits `elements` elements, each of `work` multiplications or floats moved, into shares for
 * threads. The split does not depend on the number of threads, so sums over shares do not either.
 */
export function shares(elements: number, work: number): Share[] {
  const worthwhile = Math.floor((elements * work) / LEAST_WORK);
  const count = Math.max(1, Math.min(MOST_SHARES, elements, worthwhile));
  return Array.from({ length: count }, (_, share) => {
    const first = Math.floor((share * elements) / count);
    return { first, count: Math.floor(((share + 1) * elements) / count) - first };
  });
}
