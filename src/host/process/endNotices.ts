import * as vscode from 'vscode';
import type { RunEntry } from '../runs/runStore.ts';
import { flagsText, runTitle, testText } from '../runs/runText.ts';

/** What a notice's buttons do. */
export interface EndActions {
  openPanel(directory: string): void;
  resume(entry: RunEntry): Promise<void>;
  showLog(): void;
}

/** Says how a watched run ended. */
export class EndNotices {
  constructor(private readonly actions: EndActions) {}

  /** Shows the notice and does what the user picks; a run that somebody stopped needs none. */
  async show(entry: RunEntry): Promise<void> {
    const { status, summary } = entry;
    const title = runTitle(entry);
    const open = vscode.l10n.t('Open Run');
    const resume = vscode.l10n.t('Resume');
    const showLog = vscode.l10n.t('Show Log');
    let picked: string | undefined;
    if (status.state === 'finished') {
      const results = [testText(entry), flagsText(entry.flags)].filter((text) => text !== '');
      const message =
        results.length === 0 ? vscode.l10n.t('{0} finished.', title) : results.join('; ');
      picked = await vscode.window.showInformationMessage(
        results.length === 0 ? message : vscode.l10n.t('{0} finished: {1}.', title, message),
        open,
      );
    } else if (status.state === 'failed') {
      picked = await vscode.window.showErrorMessage(
        vscode.l10n.t('{0} failed: {1}', title, status.error ?? vscode.l10n.t('unknown reason')),
        open,
        showLog,
      );
    } else if (status.state === 'died') {
      const message = vscode.l10n.t(
        '{0} died at step {1}: its trainer ended silently.',
        title,
        status.step,
      );
      picked = await vscode.window.showErrorMessage(message, resume, showLog);
    } else if (summary?.reason === 'lease') {
      const message = vscode.l10n.t(
        '{0} stopped at step {1}: nobody watched it.',
        title,
        status.step,
      );
      picked = await vscode.window.showWarningMessage(message, resume);
    }
    if (picked === open) this.actions.openPanel(entry.directory);
    else if (picked === resume) await this.actions.resume(entry);
    else if (picked === showLog) this.actions.showLog();
  }
}
