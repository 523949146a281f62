import * as vscode from 'vscode';
import { EXPERIMENT_GLOB } from '../../contributions.ts';
import { UserError } from '../../protocol/userError.ts';
import { preferred } from './preferred.ts';

/** Finds the experiment files of the open folders, installed packages left out. */
export async function findExperiments(): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles(EXPERIMENT_GLOB, '**/node_modules/**');
  return found.sort((a, b) => a.path.localeCompare(b.path));
}

/**
 * Lets the user pick an experiment: the active editor's first, then `last`, the one picked before.
 * A single one is picked at once. Throws a UserError when there is none.
 */
export async function pickExperiment(last: string | undefined): Promise<vscode.Uri | undefined> {
  const experiments = await findExperiments();
  const [only, ...others] = experiments;
  if (only === undefined) {
    throw new UserError(
      vscode.l10n.t('There is no experiment file (*.bn.ts, mts, js or mjs) in the open folders.'),
    );
  }
  if (others.length === 0) return only;

  const active = vscode.window.activeTextEditor?.document.uri.toString();
  const items = preferred(experiments, (uri) => uri.toString(), [active, last]).map((uri) => ({
    label: vscode.workspace.asRelativePath(uri),
    ...(uri.toString() === active && { description: vscode.l10n.t('active editor') }),
    uri,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Train with BN Strategy (1/2)'),
    placeHolder: vscode.l10n.t('Experiment'),
  });
  return picked?.uri;
}
