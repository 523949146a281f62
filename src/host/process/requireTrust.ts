import * as vscode from 'vscode';
import { UserError } from '../../protocol/userError.ts';

/** Throws a UserError unless the workspace is trusted; `why` is a sentence without its end. */
export function requireTrust(why: string): void {
  if (vscode.workspace.isTrusted) return;
  throw new UserError(vscode.l10n.t('{0}, which you have not trusted yet.', why), {
    hint: vscode.l10n.t('Run “Workspaces: Manage Workspace Trust”.'),
  });
}
