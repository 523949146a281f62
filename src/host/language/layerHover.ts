import { join } from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from '../../contributions.ts';
import type { RunEntry, RunReference } from '../runs/runStore.ts';
import { setting } from '../settings.ts';
import type { RunStatistics } from './runStatistics.ts';
import type { SiteLocator } from './siteLocator.ts';
import { siteReport, type ReportedSite } from './siteReport.ts';

/** The languages in which models are written. */
export const LANGUAGES: vscode.DocumentSelector = [
  { scheme: 'file', language: 'typescript' },
  { scheme: 'file', language: 'javascript' },
];

/** Shows what a run saw at a BatchNorm layer when the pointer rests on the call that builds it. */
export class LayerHover implements vscode.HoverProvider {
  constructor(
    private readonly chosenRun: (file: string) => RunEntry | undefined,
    private readonly locator: SiteLocator,
    private readonly statistics: RunStatistics,
  ) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    if (!setting('bnLens.hover.enabled', document.uri)) return undefined;
    const file = document.uri.fsPath;
    const entry = this.chosenRun(file);
    if (entry === undefined) return undefined;

    const hovered: ReportedSite[] = [];
    let range: vscode.Range | undefined;
    for (const [site, { frames }] of entry.run.sites.entries()) {
      const [innermost] = frames;
      if (innermost === undefined || join(entry.root, innermost.file) !== file) continue;
      const call = await this.locator.locate(entry, innermost);
      if (call?.location.range.contains(position) !== true) continue;
      hovered.push({ site, how: call.how });
      range = call.location.range;
    }
    if (hovered.length === 0) return undefined;
    const statistics = await this.statistics.of(entry.directory);
    return new vscode.Hover(markdown(siteReport(entry, hovered, statistics), entry), range);
  }
}

function markdown(report: string, { directory }: RunEntry): vscode.MarkdownString {
  const text = new vscode.MarkdownString(report, true);
  const argument = encodeURIComponent(JSON.stringify([{ directory } satisfies RunReference]));
  const openRun = vscode.l10n.t('Open Run');
  text.appendMarkdown(`\n\n[${openRun}](command:${COMMANDS.openPanel}?${argument})`);
  text.isTrusted = { enabledCommands: [COMMANDS.openPanel] };
  return text;
}
