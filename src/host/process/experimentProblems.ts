import * as vscode from 'vscode';
import type { UserError } from '../../protocol/userError.ts';
import type { SourceParser } from '../../source/sourceParser.ts';
import { currentText, toRange } from '../sourceText.ts';

/** Why experiments did not load, in Problems, until they are edited or load. */
export class ExperimentProblems implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('bnLens.experiments');
  readonly #onEdit: vscode.Disposable;
  /** Where the error of each experiment is listed: it may stand in a module that it imports. */
  readonly #placeOf = new Map<string, vscode.Uri>();

  constructor(private readonly source: Pick<SourceParser, 'locateField'>) {
    this.#onEdit = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) this.#collection.delete(document.uri);
    });
  }

  /** Lists an error at its place, if it has one, and says which it is. */
  async add(
    error: UserError,
    experiment: vscode.Uri | undefined,
  ): Promise<vscode.Location | undefined> {
    const place = await this.#locate(error, experiment);
    if (place === undefined) return undefined;
    const { hint } = error.details;
    const message = hint === undefined ? error.message : `${error.message}\n${hint}`;
    const problem = new vscode.Diagnostic(place.range, message, vscode.DiagnosticSeverity.Error);
    problem.source = 'BN Lens';
    problem.code = 'experiment';
    if (experiment !== undefined) {
      this.clear(experiment);
      this.#placeOf.set(experiment.toString(), place.uri);
    }
    this.#collection.set(place.uri, [problem]);
    return place;
  }

  /** Forgets an experiment's error: it has loaded. */
  clear(experiment: vscode.Uri): void {
    const place = this.#placeOf.get(experiment.toString());
    if (place === undefined) return;
    this.#collection.delete(place);
    this.#placeOf.delete(experiment.toString());
  }

  dispose(): void {
    this.#onEdit.dispose();
    this.#collection.dispose();
  }

  async #locate(
    { details: { location, field } }: UserError,
    experiment: vscode.Uri | undefined,
  ): Promise<vscode.Location | undefined> {
    if (location !== undefined) {
      const position = new vscode.Position(location.line - 1, location.column - 1);
      return new vscode.Location(vscode.Uri.file(location.file), position);
    }
    if (experiment === undefined) return undefined;
    const start = new vscode.Location(experiment, new vscode.Position(0, 0));
    if (field === undefined) return start;
    const text = await currentText(experiment);
    const range = text === null ? null : await this.source.locateField(text, field);
    return range === null ? start : new vscode.Location(experiment, toRange(range));
  }
}
