import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as vscode from 'vscode';
import { UserError } from '../../protocol/userError.ts';

const ATTEMPTS = 10;
const BETWEEN_MS = 200;

/**
 * Saves all open files, for a trainer that reads them from disk. While an automatic save is under
 * way the editor answers that saving failed, with the file still unsaved, so that only what remains
 * unsaved counts. Throws a UserError that names it.
 */
export async function saveOpenFiles(): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if ((await vscode.workspace.saveAll()) || unsavedFile() === undefined) return;
    await wait(BETWEEN_MS);
  }
  const file = unsavedFile();
  if (file === undefined) return;
  throw new UserError(vscode.l10n.t('{0} could not be saved', basename(file.fsPath)), {
    hint: vscode.l10n.t('Save it, or close it, and train again.'),
  });
}

function unsavedFile(): vscode.Uri | undefined {
  return vscode.workspace.textDocuments.find(({ isDirty, uri }) => isDirty && uri.scheme === 'file')
    ?.uri;
}
