import * as vscode from 'vscode';
import { eValueText } from '../../protocol/eValueText.ts';
import type { FlagEvent } from '../../protocol/events.ts';
import { faultSeverity, type FaultEvent } from '../../protocol/faults.ts';
import type { RunFile, RunPair, RunSite } from '../../protocol/run.ts';
import type { TableRow } from '../../protocol/tables.ts';
import type { MappingConfidence } from '../../source/mapSites.ts';
import { logThreshold } from '../../stats/eProcess.ts';
import type { RunEntry } from '../runs/runStore.ts';
import { runTitle, stateText } from '../runs/runText.ts';
import type { LatestStatistics } from './latestStatistics.ts';

/** A site whose call is hovered over. */
export interface ReportedSite {
  /** Its id. */
  readonly site: number;
  readonly how: MappingConfidence;
}

/** More sites than this at one call (a layer built in a loop) are only counted. */
const MOST_SITES = 4;

/** Stands where a number is not known: a standard error of one image, statistics that overflowed. */
const UNKNOWN = '–';

/** Writes what a run saw at the sites of one call, those with most evidence first, as Markdown. */
export function siteReport(
  entry: RunEntry,
  sites: readonly ReportedSite[],
  statistics: LatestStatistics,
): string {
  const { run } = entry;
  const evidence = (site: number): number =>
    Math.max(...run.pairs.map((_, pair) => statistics.pair(site, pair)?.logE ?? -Infinity));
  const sorted = [...sites].sort((a, b) => evidence(b.site) - evidence(a.site));
  const shown = sorted.slice(0, MOST_SITES).flatMap(({ site }) => {
    const described = run.sites[site];
    if (described === undefined) return [];
    return [siteSection(entry, site, described, statistics)];
  });
  if (sorted.length > MOST_SITES) {
    shown.push(vscode.l10n.t('… and {0} more layers built here.', sorted.length - MOST_SITES));
  }
  return [...shown, runLine(entry), ...stalenessLines(sites)].join('\n\n');
}

/** Says in words what a flag means at a site of this handling. */
export function flagMeaning(run: RunFile, flag: FlagEvent): string {
  const [a, b] = pairNames(run, run.pairs[flag.pair]);
  if (flag.handling === 'mixed') {
    return vscode.l10n.t('{0} and {1} differ here, and one set of statistics serves both', a, b);
  }
  if (flag.site === 0) {
    return vscode.l10n.t('{0} and {1} differ here, and each has its own statistics', a, b);
  }
  // Below the first site with branches of their own, a flag is no evidence about the data.
  return vscode.l10n.t(
    'the activations of {0} and {1} differ here, and each has its own statistics, which alone can drive them apart',
    a,
    b,
  );
}

function siteSection(
  { run, flags, faults }: RunEntry,
  id: number,
  site: RunSite,
  statistics: LatestStatistics,
): string {
  const heading = [
    `**${escapeMarkdown(site.name)}**`,
    vscode.l10n.t('{0} channels', site.channels),
    ...(site.pooled ? [vscode.l10n.t('time steps pooled')] : []),
  ].join(' · ');
  const domains = domainTable(run, id, statistics);
  const wrong = faults.filter((fault) => fault.site === id).map(faultLine);
  if (domains === null) {
    return [heading, vscode.l10n.t('No step recorded yet.'), ...wrong].join('\n\n');
  }
  const pairs = run.pairs.flatMap((pair, index) => {
    const reading = statistics.pair(id, index);
    if (reading === undefined) return [];
    const mmd = mmdRows(statistics.mmd(id, index), statistics.mmdWindow(id, index));
    return [pairTable(run, pair, reading, mmd)];
  });
  const raised = flags.filter((flag) => flag.site === id).map((flag) => flagLine(run, flag));
  return [heading, domains, ...pairs, ...raised, ...wrong].join('\n\n');
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

function pairTable(
  run: RunFile,
  pair: RunPair,
  reading: TableRow<'pairs'>,
  mmd: readonly string[],
): string {
  const { gap, gapSe, gapFloor, logE } = reading;
  const { logVarianceRatio, logVarianceRatioSe, logVarianceRatioFloor } = reading;
  const threshold = logThreshold(run.sites.length * run.pairs.length, run.flags.alpha);
  const names = pairNames(run, pair).map(escapeMarkdown).join(' – ');
  return [
    row(names, vscode.l10n.t('seen'), vscode.l10n.t('noise alone')),
    '|:--|--:|--:|',
    row(vscode.l10n.t('gap'), estimateText(gap, gapSe), decimalText(gapFloor)),
    row(
      vscode.l10n.t('ln variance ratio'),
      estimateText(logVarianceRatio, logVarianceRatioSe),
      decimalText(logVarianceRatioFloor),
    ),
    row(
      vscode.l10n.t('e-value'),
      eValueText(logE),
      vscode.l10n.t('flag from {0}', eValueText(threshold)),
    ),
    ...mmd,
  ].join('\n');
}

function mmdRows(
  batch: TableRow<'mmd'> | undefined,
  window: TableRow<'mmdWindows'> | undefined,
): string[] {
  const rows = batch === undefined ? [] : [row('MMD²', decimalText(batch.mmd2), chanceText(batch))];
  if (window === undefined) return rows;
  const { mmd2, floor95, batches } = window;
  const floor = vscode.l10n.t('in 95% below {0}', smallText(floor95));
  return [...rows, row(vscode.l10n.t('MMD², {0} batches', batches), smallText(mmd2), floor)];
}

function chanceText({ p, permutations }: TableRow<'mmd'>): string {
  // Runs of the first versions made none.
  if (permutations === 0) return '';
  return vscode.l10n.t('p {0} of {1} permutations', decimalText(p), permutations);
}

function estimateText(value: number, se: number): string {
  return `${decimalText(value)} ± ${decimalText(se)}`;
}

function flagLine(run: RunFile, flag: FlagEvent): string {
  const icon = flag.handling === 'mixed' ? '$(warning)' : '$(info)';
  const since = vscode.l10n.t('{0} (known since step {1}).', flagMeaning(run, flag), flag.step);
  return `${icon} ${escapeMarkdown(since)}`;
}

function faultLine(fault: FaultEvent): string {
  const icon = faultSeverity(fault) === 'warning' ? '$(warning)' : '$(info)';
  return `${icon} ${escapeMarkdown(`${fault.message}. ${fault.hint}`)}`;
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

function decimalText(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : UNKNOWN;
}

/** MMD² over many batches tells differences apart that three decimals do not. */
function smallText(value: number): string {
  return Number.isFinite(value) ? value.toFixed(5) : UNKNOWN;
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 10_000)
    ? value.toExponential(2)
    : value.toPrecision(4);
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-!|<>~$]/g, '\\$&');
}
