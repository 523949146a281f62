import type { EventOf, RunModel } from './runModel.ts';
import type { RunSite } from '../../src/protocol/run.ts';

/** A site and a pair of domains. */
export interface Selection {
  readonly site: number;
  readonly pair: number;
}

/** One row of the table of layers: what a site says of a pair of domains now. */
export interface LayerRow extends Selection {
  readonly record: RunSite;
  /** The site's name, unambiguous. */
  readonly name: string;
  readonly pairName: string;
  /** The flag that stands. */
  readonly flag: EventOf<'flag'> | undefined;
  /** What took the last flag back, if none stands. */
  readonly cleared: EventOf<'cleared'> | undefined;
  readonly gap: number;
  readonly gapSe: number;
  readonly gapFloor: number;
  readonly logVarianceRatio: number;
  readonly logE: number;
  /** NaN before the first estimate. */
  readonly mmd2: number;
  /** Of the permutation test; NaN where there is none. */
  readonly mmdP: number;
}

/** What the table can be sorted by. */
export const SORT_COLUMNS = [
  'layer',
  'gap',
  'gapFloor',
  'logVarianceRatio',
  'logE',
  'mmd2',
] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

export interface Sort {
  readonly column: SortColumn;
  readonly descending: boolean;
}

/** Layers with most evidence come first: the order in which e-BH would reject them. */
export const BY_EVIDENCE: Sort = { column: 'logE', descending: true };

/** Tells whether something that was kept earlier is still a way to sort. */
export function isSort(
  kept: { readonly column: string; readonly descending: boolean } | undefined,
): kept is Sort {
  return kept !== undefined && (SORT_COLUMNS as readonly string[]).includes(kept.column);
}

/** Reads the newest values of one site and pair. */
export function layerRow(model: RunModel, { site, pair }: Selection): LayerRow {
  const record = model.run.sites[site];
  if (record === undefined) throw new Error(`The run has no site ${site}.`);
  const series = model.pair(site, pair);
  const mmd = model.mmd(site, pair);
  return {
    site,
    pair,
    record,
    name: model.siteName(site),
    pairName: model.pairName(pair),
    flag: model.flag(site, pair),
    cleared: model.flag(site, pair) ? undefined : model.cleared(site, pair).at(-1),
    gap: series.latest('gap'),
    gapSe: series.latest('gapSe'),
    gapFloor: series.latest('gapFloor'),
    logVarianceRatio: series.latest('logVarianceRatio'),
    logE: series.latest('logE'),
    mmd2: mmd?.mmd2 ?? NaN,
    mmdP: mmd?.p ?? NaN,
  };
}

/** Lists every site and pair with its newest values, sorted. */
export function layerRows(model: RunModel, sort: Sort): LayerRow[] {
  const { sites, pairs } = model.run;
  const rows = [...sites.keys()].flatMap((site) =>
    [...pairs.keys()].map((pair) => layerRow(model, { site, pair })),
  );
  const sign = sort.descending ? -1 : 1;
  return rows.sort((a, b) => sign * order(a, b, sort.column) || a.site - b.site || a.pair - b.pair);
}

/** Compares by a column; values that are not known yet count as the least. */
function order(a: LayerRow, b: LayerRow, column: SortColumn): number {
  if (column === 'layer') return a.site - b.site;
  const [first, second] = [a[column], b[column]].map((value) =>
    Number.isNaN(value) ? -Infinity : column === 'logVarianceRatio' ? Math.abs(value) : value,
  );
  return first === second ? 0 : (first ?? 0) - (second ?? 0);
}
