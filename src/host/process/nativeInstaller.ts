import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { Installation } from '../../native/installation.ts';
import { installNative } from '../../native/installNative.ts';
import { nativeFolder } from '../../native/nativeFolder.ts';
import { requireTrust } from './requireTrust.ts';

/** Where the extension keeps what an installation needs. */
export interface NativeInstallerFiles {
  /** `dist/native`. */
  readonly addonSources: string;
  /** Path of dist/nativeProbe.js. */
  readonly probe: string;
}

/** Installs the native backend with a notification that tells how far it is and can cancel it. */
export class NativeInstaller {
  constructor(
    private readonly files: NativeInstallerFiles,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Resolves once the end is shown; rejects with a UserError that says what is missing. */
  async install(): Promise<void> {
    // Interpreters that lie in the workspace are asked for TensorFlow.
    requireTrust(vscode.l10n.t('Installing runs the Python of this workspace'));
    const installation = await this.#installWithProgress();
    const end =
      installation === undefined
        ? vscode.l10n.t('Cancelled: nothing has changed.')
        : vscode.l10n.t(
            'TensorFlow {0} is installed (from {1}). Runs with the backend “auto” use it from now on.',
            installation.tensorflow,
            installation.source,
          );
    this.log.info(end);
    // Not awaited: it stays until the user closes it.
    void vscode.window.showInformationMessage(end);
  }

  /** Resolves to undefined when the user cancels. */
  #installWithProgress(): Thenable<Installation | undefined> {
    const options = {
      location: vscode.ProgressLocation.Notification,
      cancellable: true,
      title: vscode.l10n.t('Installing native TensorFlow'),
    };
    return vscode.window.withProgress(options, async (progress, token) => {
      const cancel = new AbortController();
      token.onCancellationRequested(() => {
        cancel.abort();
      });
      try {
        return await installNative({
          ...this.files,
          folder: nativeFolder(),
          workspace: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir(),
          signal: cancel.signal,
          progress: (message) => {
            this.log.info(message);
            progress.report({ message });
          },
        });
      } catch (error) {
        if (cancel.signal.aborted) return undefined;
        throw error;
      }
    });
  }
}
