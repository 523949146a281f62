import type { NetworkSite, WatchedRun } from './network.ts';
import type { Subject } from './rule.ts';

/** Lists the sites. */
export function everySite({ sites }: WatchedRun): Subject[] {
  return sites.map((_, site) => ({ site }));
}

/** Lists what is normalized together: a site, or where each domain has its own, each domain at it. */
export function everyBranch({ sites, segments }: WatchedRun): Subject[] {
  return sites.flatMap(({ handling }, site) =>
    handling === 'mixed' ? [{ site }] : segments.map(({ domain }) => ({ site, domain })),
  );
}

/** Lists the domains that have statistics of their own at some site. */
export function everyBranchedDomain({ sites, segments }: WatchedRun): Subject[] {
  const isBranched = sites.some(({ handling }) => handling === 'handled');
  return isBranched ? segments.map(({ domain }) => ({ domain })) : [];
}

/** Gives what is known of a subject's site; every rule that asks has such subjects. */
export function siteOf({ site }: Subject, { sites }: WatchedRun): NetworkSite {
  const known = sites[site ?? -1];
  if (known === undefined) throw new Error(`the run has no site ${String(site)}`);
  return known;
}

/** Names a domain, in quotation marks. */
export function domainName(domain: number | undefined, { domains }: WatchedRun): string {
  return `"${domains[domain ?? -1]?.name ?? '?'}"`;
}

/** Names a subject at a site: `bn1`, or `bn1, domain "real"`. */
export function placeName(subject: Subject, run: WatchedRun): string {
  const { name } = siteOf(subject, run);
  return subject.domain === undefined ? name : `${name}, domain ${domainName(subject.domain, run)}`;
}

/** Averages numbers that are finite, as over the channels of a site; NaN if there are none. */
export function meanOf(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

/** Writes a number with three digits. */
export function digits(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5)
    ? value.toExponential(1)
    : String(Number(value.toPrecision(3)));
}

/** Writes a share as a percentage. */
export function percent(share: number): string {
  return `${digits(100 * share)}%`;
}
