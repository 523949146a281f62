import type { RunFile } from '../protocol/run.ts';

/** A site and the domains of a pair by name. */
export interface PlaceNames {
  readonly site: string;
  readonly pair: readonly [string, string];
}

/** Names the site and the domains of an event or a row. */
export function placeNames(
  { site, pair }: { readonly site: number; readonly pair: number },
  { sites, pairs, domains }: RunFile,
): PlaceNames {
  const nameOf = (domain: number | undefined): string =>
    domains[domain ?? -1]?.name ?? `domain ${domain ?? '?'}`;
  const { a, b } = pairs[pair] ?? {};
  return { site: sites[site]?.name ?? `site ${site}`, pair: [nameOf(a), nameOf(b)] };
}
