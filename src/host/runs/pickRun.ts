import * as vscode from 'vscode';
import { UserError } from '../../protocol/userError.ts';
import type { RunEntry, RunReference, RunStore } from './runStore.ts';
import { flagsText, progressText, runTitle, stateText, testText } from './runText.ts';

/**
 * Gives the run that a command was called on, else lets the user pick one of those that fit, the
 * newest first; a single one is picked at once. Undefined when the user picks none. Throws a
 * UserError when none fits.
 */
export async function pickRun(
  store: RunStore,
  reference: RunReference | undefined,
  placeHolder: string,
  fits: (entry: RunEntry) => boolean = () => true,
): Promise<RunEntry | undefined> {
  const fitting =
    reference === undefined
      ? store.entries.filter(fits)
      : store.entries.filter(({ directory }) => directory === reference.directory);
  const [only, ...others] = fitting;
  if (only === undefined) {
    throw new UserError(vscode.l10n.t('There is no such run in the open folders.'));
  }
  if (others.length === 0) return only;
  const items = fitting.map((entry) => ({
    label: runTitle(entry),
    description: entry.run.experiment,
    detail: [stateText(entry.status.state), progressText(entry), testText(entry)]
      .concat(flagsText(entry.flags))
      .filter((text) => text !== '')
      .join(' · '),
    entry,
  }));
  const options = { placeHolder, matchOnDescription: true };
  return (await vscode.window.showQuickPick(items, options))?.entry;
}
