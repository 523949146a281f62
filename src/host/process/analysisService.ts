import * as vscode from 'vscode';
import { startAnalysis } from '../../process/analysisProcess.ts';
import { UserError } from '../../protocol/userError.ts';
import type { RunEntry } from '../runs/runStore.ts';
import { runTitle } from '../runs/runText.ts';
import { requireTrust } from './requireTrust.ts';

/** Has finished runs analysed, each in a process of its own. */
export class AnalysisService {
  constructor(
    /** Path of dist/trainer.js. */
    private readonly trainer: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Measures what the trained statistics cost; the answer is in the run's directory then. */
  async whatIf(entry: RunEntry): Promise<void> {
    requireTrust(vscode.l10n.t('An analysis runs code of this workspace'));
    this.log.info(vscode.l10n.t('What-if of {0}', runTitle(entry)));
    const { unkept } = await startAnalysis({
      trainer: this.trainer,
      request: { type: 'whatIf', run: entry.directory },
      onLog: ({ level, text }) => {
        this.log[level](text);
      },
    }).answer;
    if (unkept !== null) throw new UserError(unkept);
  }
}
