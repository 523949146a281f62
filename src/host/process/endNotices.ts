import * as vscode from 'vscode';
import type { RunEntry } from '../runs/runStore.ts';
import { flagsText, lastSignText, runTitle, testText } from '../runs/runText.ts';

/** What a notice offers. */
export type EndAction = 'openPanel' | 'resume' | 'showLog';

/** How a run ended, for whoever watched it. */
export interface EndNotice {
  readonly severity: 'information' | 'warning' | 'error';
  /** One sentence. */
  readonly message: string;
  readonly actions: readonly EndAction[];
}

/** Says how a run ended; null for one that somebody stopped, who knows. */
export function endNotice(entry: RunEntry): EndNotice | null {
  const { status, summary } = entry;
  const title = runTitle(entry);
  switch (status.state) {
    case 'finished': {
      const results = [testText(entry), flagsText(entry.flags)].filter((text) => text !== '');
      const message =
        results.length === 0
          ? vscode.l10n.t('{0} finished.', title)
          : vscode.l10n.t('{0} finished: {1}.', title, results.join('; '));
      return { severity: 'information', message, actions: ['openPanel'] };
    }
    case 'failed': {
      // A bug of the model's or ours comes with its stack, which is in the log.
      const [reason = ''] = (status.error ?? vscode.l10n.t('unknown reason')).split('\n', 1);
      const message = vscode.l10n.t('{0} failed: {1}', title, reason);
      return { severity: 'error', message, actions: ['openPanel', 'showLog'] };
    }
    case 'died': {
      const sign = lastSignText(entry);
      const message = vscode.l10n.t('{0} died at step {1}, {2}.', title, status.step, sign);
      return { severity: 'error', message, actions: ['resume', 'showLog'] };
    }
    case 'stopped': {
      if (summary?.reason !== 'lease') return null;
      const message = vscode.l10n.t(
        '{0} stopped at step {1}: nobody watched it.',
        title,
        status.step,
      );
      return { severity: 'warning', message, actions: ['resume'] };
    }
    case 'starting':
    case 'running':
    case 'paused':
      return null;
  }
}

/** Shows notices and does what the user picks of what they offer. */
export class EndNotices {
  constructor(private readonly act: Readonly<Record<EndAction, (entry: RunEntry) => unknown>>) {}

  /** Returns once the notice is dismissed or what it offered is done. */
  async show(entry: RunEntry): Promise<void> {
    const notice = endNotice(entry);
    if (notice === null) return;
    const picked = await pickAction(notice);
    if (picked !== undefined) await this.act[picked](entry);
  }
}

async function pickAction(notice: EndNotice): Promise<EndAction | undefined> {
  const { window } = vscode;
  const { severity, message } = notice;
  const items = notice.actions.map((action) => ({ title: actionTitle(action), action }));
  switch (severity) {
    case 'information':
      return (await window.showInformationMessage(message, ...items))?.action;
    case 'warning':
      return (await window.showWarningMessage(message, ...items))?.action;
    case 'error':
      return (await window.showErrorMessage(message, ...items))?.action;
  }
}

function actionTitle(action: EndAction): string {
  switch (action) {
    case 'openPanel':
      return vscode.l10n.t('Open Run');
    case 'resume':
      return vscode.l10n.t('Resume');
    case 'showLog':
      return vscode.l10n.t('Show Log');
  }
}
