/**
 * Returns how likely a second treatment of the same trials is to succeed in as few of those in which
 * only one succeeds, or fewer, if neither is better: P(X ≤ gained) of X ~ Binomial(gained + lost, ½),
 * the exact one-sided test of McNemar (1947).
 *
 * @param gained trials in which only the second succeeded
 * @param lost trials in which only the first did
 */
export function mcNemarP(gained: number, lost: number): number {
  const changed = gained + lost;
  let logTerm = -changed * Math.LN2;
  let p = Math.exp(logTerm);
  for (let k = 0; k < gained; k++) {
    logTerm += Math.log((changed - k) / (k + 1));
    p += Math.exp(logTerm);
  }
  return Math.min(1, p);
}
