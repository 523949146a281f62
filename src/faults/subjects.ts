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
