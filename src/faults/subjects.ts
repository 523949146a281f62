import type { RunAlignment } from '../protocol/run.ts';
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

/** Lists the sites that keep running statistics. */
export function everyKeepingSite(run: WatchedRun): Subject[] {
  return everySite(run).filter((subject) => siteOf(subject, run).keepsStatistics);
}

/** Lists what moves running statistics towards those of its batches. */
export function everyMovingBranch(run: WatchedRun): Subject[] {
  return everyBranch(run).filter((subject) => {
    const { frozen, keepsStatistics } = siteOf(subject, run);
    return keepsStatistics && !frozen;
  });
}

/** Lists what has one γ and β: a site, or where each domain has its own, each domain at it. */
export function everyAffine({ sites, segments }: WatchedRun): Subject[] {
  return sites.flatMap(({ ownParameters }, site) =>
    ownParameters ? segments.map(({ domain }) => ({ site, domain })) : [{ site }],
  );
}

/** Lists the domains where `holds` of some site. */
export function everyDomainIf(
  { sites, segments }: WatchedRun,
  holds: (site: NetworkSite) => boolean,
): Subject[] {
  return sites.some(holds) ? segments.map(({ domain }) => ({ domain })) : [];
}

/** Lists the terms that have a discriminator. */
export function everyDiscriminator({ alignments }: WatchedRun): Subject[] {
  return alignments.flatMap(({ discriminator }, term) => (discriminator ? [{ term }] : []));
}

/** Gives what is known of a subject's site; every rule that asks has such subjects. */
export function siteOf({ site }: Subject, { sites }: WatchedRun): NetworkSite {
  const known = sites[site ?? -1];
  if (known === undefined) throw new Error(`the run has no site ${String(site)}`);
  return known;
}

/** Gives what is known of a subject's term; every rule that asks has such subjects. */
export function termOf({ term }: Subject, { alignments }: WatchedRun): RunAlignment {
  const known = alignments[term ?? -1];
  if (known === undefined) throw new Error(`the run has no term ${String(term)}`);
  return known;
}
