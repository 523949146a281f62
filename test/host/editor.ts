import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as vscode from 'vscode';
import { COMMANDS } from '../../src/contributions.ts';
import type { RunStatus } from '../../src/protocol/events.ts';
import { RunCatalog, type RunListing } from '../../src/runs/runCatalog.ts';

const POLL_MS = 100;

/** Finds the extension under test. */
export function testedExtension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension('bn-lens.bn-lens');
  if (found === undefined) throw new Error('the extension under test is not installed');
  return found;
}

/** Names a file of the open workspace, absolute. */
export function workspacePath(...names: string[]): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined) throw new Error('no folder is open');
  return join(folder.uri.fsPath, ...names);
}

/** Waits until `look` finds something; the test's own timeout ends a vain wait. */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await wait(POLL_MS);
  }
}

/** Lists BN Lens's Problems of a file. */
export function problemsOf(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'BN Lens');
}

/** Calls the command as a keybinding does; resolves once the run has begun or was refused. */
export async function train(uri: vscode.Uri, strategy: string): Promise<void> {
  await vscode.commands.executeCommand(COMMANDS.train, { uri, strategy });
}

/** Waits for the newest run of an experiment to end in a state. */
export function runIn(uri: vscode.Uri, state: RunStatus['state']): Promise<RunListing> {
  const catalog = new RunCatalog(workspacePath());
  return eventually(async () => {
    const run = await catalog.newest(uri.fsPath);
    return run?.status.state === state ? run : undefined;
  });
}
