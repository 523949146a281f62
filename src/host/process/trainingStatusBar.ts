import * as vscode from 'vscode';
import { COMMANDS } from '../../contributions.ts';
import { totalEpochsOf } from '../../protocol/phases.ts';
import { isActive, type RunEntry, type RunReference, type RunStore } from '../runs/runStore.ts';
import { durationText, progressText, runTitle, stateText } from '../runs/runText.ts';

/** One status bar item while anything trains: the newest active run. */
export class TrainingStatusBar implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #onChange: vscode.Disposable;

  constructor(private readonly store: RunStore) {
    this.#item = vscode.window.createStatusBarItem(
      'bnLens.training',
      vscode.StatusBarAlignment.Left,
    );
    this.#item.name = vscode.l10n.t('BN Lens Training');
    this.#onChange = store.onDidChange(() => {
      this.#show();
    });
  }

  dispose(): void {
    this.#onChange.dispose();
    this.#item.dispose();
  }

  #show(): void {
    const [newest, ...others] = this.store.entries.filter(isActive);
    if (newest === undefined) {
      this.#item.hide();
      return;
    }
    const more = others.length === 0 ? '' : ` +${others.length}`;
    this.#item.text = `${iconOf(newest)} ${newest.run.strategy} ${shortProgress(newest)}${more}`;
    this.#item.tooltip = tooltipOf(newest);
    this.#item.command = {
      command: COMMANDS.openPanel,
      title: vscode.l10n.t('Open Run'),
      arguments: [{ directory: newest.directory } satisfies RunReference],
    };
    this.#item.show();
  }
}

function iconOf({ status }: RunEntry): string {
  return status.state === 'paused' ? '$(debug-pause)' : '$(sync~spin)';
}

/** Strategy is said before: epoch, step and the time left. */
function shortProgress({ run, status, stepsPerSecond }: RunEntry): string {
  if (status.state !== 'running' || status.step === 0) return stateText(status.state);
  const { step, epoch, totalSteps } = status;
  const done = `${epoch}/${totalEpochsOf(run)} · ${step.toLocaleString()}/${totalSteps.toLocaleString()}`;
  if (stepsPerSecond === null) return done;
  return `${done} · ${durationText((totalSteps - step) / stepsPerSecond)}`;
}

function tooltipOf(entry: RunEntry): vscode.MarkdownString {
  const argument = encodeURIComponent(
    JSON.stringify([{ directory: entry.directory } satisfies RunReference]),
  );
  const link = (text: string, command: string): string =>
    `[${text}](command:${command}?${argument})`;
  const links = [
    entry.status.state === 'paused'
      ? link(vscode.l10n.t('Continue'), COMMANDS.continue)
      : link(vscode.l10n.t('Pause'), COMMANDS.pause),
    link(vscode.l10n.t('Stop'), COMMANDS.stop),
  ];
  const text = `${entry.run.experiment} · ${runTitle(entry)}: ${progressText(entry)}`;
  const tooltip = new vscode.MarkdownString().appendText(text);
  tooltip.appendMarkdown(`\n\n${links.join(' | ')}`);
  tooltip.isTrusted = { enabledCommands: [COMMANDS.pause, COMMANDS.continue, COMMANDS.stop] };
  return tooltip;
}
