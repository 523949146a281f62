/**
 * Returns which hypotheses the e-BH procedure rejects (Wang & Ramdas 2022), in order of descending
 * evidence: the k with the largest e-values, with the largest k for which the k-th of m is at least
 * m / (k·α). At most the share α of them is expected to be false, however the e-values depend on
 * each other, when looked at once: it does not hold for the largest values over time.
 *
 * @param logE natural logarithms of e-values
 */
export function eBenjaminiHochberg(logE: readonly number[], alpha: number): number[] {
  const order = [...logE.keys()].sort((i, j) => logE[j]! - logE[i]!);
  const rejected = order.findLastIndex(
    (test, rank) => logE[test]! >= Math.log(logE.length / ((rank + 1) * alpha)),
  );
  return order.slice(0, rejected + 1);
}
