import * as vscode from 'vscode';
import { UserError, userErrorText } from '../protocol/userError.ts';
import type { ExperimentProblems } from './process/experimentProblems.ts';

/** Tells the user what went wrong: what they can mend as a sentence, a bug as a log entry. */
export class ErrorReporter {
  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly problems: ExperimentProblems,
  ) {}

  /**
   * Reports whatever was thrown. A `UserError` that has a place, in `experiment` or elsewhere, is
   * also listed in Problems. Returns once it is shown, not once it is dismissed.
   */
  async report(error: unknown, experiment?: vscode.Uri): Promise<void> {
    if (error instanceof UserError) {
      this.log.warn(userErrorText(error));
      this.#showUserError(error, await this.problems.add(error, experiment));
    } else {
      this.log.error(error instanceof Error ? error : String(error));
      this.showFailure(error instanceof Error ? error.message : String(error));
    }
  }

  /** Logs what needs no notification of its own. */
  note(error: unknown): void {
    this.log.warn(error instanceof Error ? error.message : String(error));
  }

  /** Shows the first line of a failure whose details stand in the log. */
  showFailure(message: string): void {
    const showLog = vscode.l10n.t('Show Log');
    const [firstLine = message] = message.split('\n', 1);
    this.run(
      vscode.window.showErrorMessage(`BN Lens: ${firstLine}`, showLog).then((choice) => {
        if (choice === showLog) this.log.show();
      }),
    );
  }

  /** Takes a promise that nobody awaits and reports its failure. */
  run(promise: Thenable<unknown>, experiment?: vscode.Uri): void {
    promise.then(undefined, async (error: unknown) => {
      try {
        await this.report(error, experiment);
      } catch (failure) {
        this.log.error(failure instanceof Error ? failure : String(failure));
      }
    });
  }

  #showUserError(error: UserError, place: vscode.Location | undefined): void {
    const message = userErrorText(error);
    if (place === undefined) {
      this.run(vscode.window.showErrorMessage(message));
      return;
    }
    const goToLine = vscode.l10n.t('Go to Line');
    this.run(
      vscode.window.showErrorMessage(message, goToLine).then(async (choice) => {
        if (choice !== goToLine) return;
        await vscode.window.showTextDocument(place.uri, { selection: place.range });
      }),
    );
  }
}
