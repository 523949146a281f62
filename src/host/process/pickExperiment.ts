import * as vscode from 'vscode';
import { EXPERIMENT_GLOB } from '../../contributions.ts';
import { STARTING_POINTS } from '../../protocol/strategies.ts';
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

/** Lets the user pick a strategy, `last`, the one picked before, first. */
export async function pickStrategy(last: string | undefined): Promise<string | undefined> {
  const choices = preferred(STARTING_POINTS, ({ name }) => name, [last]);
  const picked = await vscode.window.showQuickPick(
    choices.map(({ name, description }) => ({ label: name, detail: description })),
    {
      title: vscode.l10n.t('Train with BN Strategy (2/2)'),
      placeHolder: vscode.l10n.t('BatchNorm strategy'),
      matchOnDetail: true,
    },
  );
  return picked?.label;
}
