import * as vscode from 'vscode';
import type { FlagEvent } from '../../protocol/events.ts';
import type { RunFile, RunPair, RunSite } from '../../protocol/run.ts';
import type { MappingConfidence } from '../../source/mapSites.ts';
import type { RunEntry } from '../runs/runStore.ts';
import { runTitle, stateText } from '../runs/runText.ts';
import type { LatestStatistics, PairReading } from './latestStatistics.ts';

/** A site whose call is hovered over. */
export interface ReportedSite {
  /** Its id. */
  readonly site: number;
  readonly how: MappingConfidence;
}

/** More sites than this at one call (a layer built in a loop) are only counted. */
const MOST_SITES = 4;

/** Writes what a run saw at the sites of one call, those with most evidence first, as Markdown. */
export function siteReport(
  entry: RunEntry,
  sites: readonly ReportedSite[],
  statistics: LatestStatistics,
): string {
  const { run, flags } = entry;
  const evidence = (site: number): number =>
    Math.max(...run.pairs.map((_, pair) => statistics.pair(site, pair)?.logE ?? -Infinity));
  const sorted = [...sites].sort((a, b) => evidence(b.site) - evidence(a.site));
  const shown = sorted.slice(0, MOST_SITES).flatMap(({ site }) => {
    const described = run.sites[site];
    if (described === undefined) return [];
    return [siteSection(run, site, described, flags, statistics)];
  });
  if (sorted.length > MOST_SITES) {
    shown.push(vscode.l10n.t('… and {0} more layers built here.', sorted.length - MOST_SITES));
  }
  return [...shown, runLine(entry), ...stalenessLines(sites)].join('\n\n');
}

/** Says in words what a flag means at a site of this handling. */
export function flagMeaning(run: RunFile, flag: FlagEvent): string {
  const [a, b] = pairNames(run, run.pairs[flag.pair]);
  return flag.handling === 'mixed'
    ? vscode.l10n.t('{0} and {1} differ here, and one set of statistics serves both', a, b)
    : vscode.l10n.t('{0} and {1} differ here, and each has its own statistics', a, b);
}

/** Writes an e-value, of which only the logarithm is known, so that small ones are exact. */
export function eValueText(logE: number): string {
  if (logE < Math.log(1000)) return Math.exp(logE).toPrecision(2);
  const exponent = Math.floor(logE / Math.LN10);
  const mantissa = Math.exp(logE - exponent * Math.LN10);
  return `${mantissa.toFixed(1)}e${exponent}`;
}

function siteSection(
  run: RunFile,
  id: number,
  site: RunSite,
  flags: readonly FlagEvent[],
  statistics: LatestStatistics,
): string {
  const heading = [
    `**${escapeMarkdown(site.name)}**`,
    vscode.l10n.t('{0} channels', site.channels),
    ...(site.pooled ? [vscode.l10n.t('time steps pooled')] : []),
  ].join(' · ');
  const domains = domainTable(run, id, statistics);
  if (domains === null) return `${heading}\n\n${vscode.l10n.t('No step recorded yet.')}`;
  const raised = flags.filter((flag) => flag.site === id);
  return [heading, domains, pairTable(run, id, statistics), ...raised.map(flagLine(run))].join(
    '\n\n',
  );
}

function domainTable(run: RunFile, site: number, statistics: LatestStatistics): string | null {
  const rows = run.domains.flatMap(({ name }, domain) => {
    const reading = statistics.domain(site, domain);
    if (reading === undefined) return [];
    return [row(escapeMarkdown(name), numberText(reading.mean), numberText(reading.variance))];
  });
  if (rows.length === 0) return null;
  const head = row(vscode.l10n.t('domain'), vscode.l10n.t('mean'), vscode.l10n.t('variance'));
  return [head, '|:--|--:|--:|', ...rows].join('\n');
}

function pairTable(run: RunFile, site: number, statistics: LatestStatistics): string {
  const rows = run.pairs.flatMap((pair, id) => {
    const reading = statistics.pair(site, id);
    return reading === undefined ? [] : [pairRow(run, pair, reading)];
  });
  const head = row(
    vscode.l10n.t('pair'),
    vscode.l10n.t('gap (noise alone)'),
    vscode.l10n.t('ln variance ratio (noise alone)'),
    vscode.l10n.t('e-value'),
  );
  return [head, '|:--|--:|--:|--:|', ...rows].join('\n');
}

function pairRow(run: RunFile, pair: RunPair, reading: PairReading): string {
  const estimate = (value: number, se: number, floor: number): string =>
    `${value.toFixed(2)} ± ${se.toFixed(2)} (${floor.toFixed(2)})`;
  return row(
    pairNames(run, pair).map(escapeMarkdown).join(' – '),
    estimate(reading.gap, reading.gapSe, reading.gapFloor),
    estimate(reading.logVarianceRatio, reading.logVarianceRatioSe, reading.logVarianceRatioFloor),
    eValueText(reading.logE),
  );
}

function flagLine(run: RunFile): (flag: FlagEvent) => string {
  return (flag) => {
    const icon = flag.handling === 'mixed' ? '$(warning)' : '$(info)';
    const since = vscode.l10n.t('{0} (known since step {1}).', flagMeaning(run, flag), flag.step);
    return `${icon} ${escapeMarkdown(since)}`;
  };
}

function runLine(entry: RunEntry): string {
  const { status } = entry;
  const line = vscode.l10n.t(
    'Run {0}, {1}, step {2} of {3}.',
    runTitle(entry),
    stateText(status.state),
    status.step.toLocaleString(),
    status.totalSteps.toLocaleString(),
  );
  return escapeMarkdown(line);
}

function stalenessLines(sites: readonly ReportedSite[]): string[] {
  if (sites.some(({ how }) => how === 'order')) {
    return [
      vscode.l10n.t('Edited since that run: the layer was found again by its place in order only.'),
    ];
  }
  if (sites.some(({ how }) => how === 'name')) {
    return [vscode.l10n.t('Edited since that run: the layer was found again by its name.')];
  }
  return [];
}

function pairNames(run: RunFile, pair: RunPair | undefined): [string, string] {
  const name = (domain: number | undefined): string => run.domains[domain ?? -1]?.name ?? '?';
  return [name(pair?.a), name(pair?.b)];
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function numberText(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 10_000)
    ? value.toExponential(2)
    : value.toPrecision(4);
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-!|<>~$]/g, '\\$&');
}
