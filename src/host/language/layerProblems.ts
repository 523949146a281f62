import { join } from 'node:path';
import * as vscode from 'vscode';
import { eValueText } from '../../protocol/eValueText.ts';
import type { FlagEvent } from '../../protocol/events.ts';
import { faultSeverity, type FaultEvent, type FaultSeverity } from '../../protocol/faults.ts';
import type { ErrorReporter } from '../errorReporter.ts';
import type { RunEntry } from '../runs/runStore.ts';
import { experimentUri, runTitle } from '../runs/runText.ts';
import { setting } from '../settings.ts';
import type { SiteLocator } from './siteLocator.ts';
import { flagMeaning } from './siteReport.ts';

/** Problems are listed again this long after what they depend on changed, ms. */
const UPDATE_MS = 300;

/** What the Problems of layers depend on. */
export interface LayerProblemsServices {
  /** The run that the editor shows for each file, by absolute path. */
  readonly chosenRuns: () => ReadonlyMap<string, RunEntry>;
  readonly onDidChangeRuns: vscode.Event<void>;
  readonly locator: SiteLocator;
  readonly reporter: ErrorReporter;
}

/**
 * Lists the flagged layers and the faults of the chosen runs in Problems, at the calls that build the
 * layers; what is no layer's stands at the top of the experiment.
 */
export class LayerProblems implements vscode.Disposable {
  readonly #services: LayerProblemsServices;
  readonly #collection = vscode.languages.createDiagnosticCollection('bnLens.layers');
  readonly #subscriptions: readonly { dispose(): void }[];
  #timer: NodeJS.Timeout | undefined;
  /** Counts updates, so that an outdated one does not overwrite a later one's result. */
  #update = 0;
  #listed = '';

  constructor(services: LayerProblemsServices) {
    this.#services = services;
    this.#subscriptions = [
      this.#collection,
      services.onDidChangeRuns(() => {
        // A run changes several times a second, its flags and faults seldom.
        if (this.#fingerprint() !== this.#listed) this.#updateSoon();
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (services.chosenRuns().has(document.uri.fsPath)) this.#updateSoon();
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('bnLens.problems.enabled')) this.#updateSoon();
      }),
    ];
    this.#updateSoon();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #fingerprint(): string {
    return [...this.#services.chosenRuns()]
      .map(([file, { directory, flags, faults }]) =>
        JSON.stringify([file, directory, flags, faults]),
      )
      .join('\n');
  }

  #updateSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#services.reporter.run(this.#list());
    }, UPDATE_MS);
  }

  async #list(): Promise<void> {
    const update = ++this.#update;
    this.#listed = this.#fingerprint();
    const problems = await Promise.all(
      [...this.#services.chosenRuns()].map(async ([file, entry]) => {
        const uri = vscode.Uri.file(file);
        const enabled = setting('bnLens.problems.enabled', uri);
        return [uri, enabled ? await this.#problemsOf(file, entry) : []] as const;
      }),
    );
    if (update !== this.#update) return;
    this.#collection.clear();
    this.#collection.set(problems.map(([uri, list]) => [uri, list]));
  }

  async #problemsOf(file: string, entry: RunEntry): Promise<vscode.Diagnostic[]> {
    const problems = await Promise.all([
      ...entry.flags.map((flag) => this.#flagProblem(file, entry, flag)),
      ...entry.faults.map((fault) => this.#faultProblem(file, entry, fault)),
    ]);
    return problems.filter((problem) => problem !== null);
  }

  async #flagProblem(
    file: string,
    entry: RunEntry,
    flag: FlagEvent,
  ): Promise<vscode.Diagnostic | null> {
    const message = vscode.l10n.t(
      '{0}: {1} (gap {2}, noise alone {3}; e-value {4} at step {5}; run {6}).',
      entry.run.sites[flag.site]?.name ?? '?',
      flagMeaning(entry.run, flag),
      flag.gap.toFixed(2),
      flag.gapFloor.toFixed(2),
      eValueText(flag.logE),
      flag.step,
      runTitle(entry),
    );
    const mixed = flag.handling === 'mixed';
    return await this.#atLayer(file, entry, flag.site, (range) =>
      diagnostic(
        range,
        message,
        mixed ? 'warning' : 'information',
        mixed ? 'mixed-statistics' : 'handled-divergence',
      ),
    );
  }

  async #faultProblem(
    file: string,
    entry: RunEntry,
    fault: FaultEvent,
  ): Promise<vscode.Diagnostic | null> {
    const message = vscode.l10n.t('{0} (run {1}).', fault.message, runTitle(entry));
    const make = (range: vscode.Range): vscode.Diagnostic =>
      diagnostic(range, `${message}\n${fault.hint}`, faultSeverity(fault), fault.code);
    if (fault.site !== undefined) return await this.#atLayer(file, entry, fault.site, make);
    const ofExperiment = experimentUri(entry).fsPath === file;
    return ofExperiment ? make(new vscode.Range(0, 0, 0, 0)) : null;
  }

  /** Gives null for a layer that another file builds or whose call is not surely found. */
  async #atLayer(
    file: string,
    entry: RunEntry,
    id: number,
    make: (range: vscode.Range) => vscode.Diagnostic,
  ): Promise<vscode.Diagnostic | null> {
    const site = entry.run.sites[id];
    const [innermost, ...callers] = site?.frames ?? [];
    if (site === undefined || innermost === undefined) return null;
    if (join(entry.root, innermost.file) !== file) return null;
    const { locator } = this.#services;
    const call = await locator.locate(entry, innermost);
    if (call === null || call.how === 'order') return null;

    const problem = make(call.location.range);
    const located = await Promise.all(callers.map((caller) => locator.locate(entry, caller)));
    problem.relatedInformation = located.flatMap((caller) =>
      caller === null
        ? []
        : [
            new vscode.DiagnosticRelatedInformation(
              caller.location,
              vscode.l10n.t('{0} is built from here.', site.name),
            ),
          ],
    );
    return problem;
  }
}

function diagnostic(
  range: vscode.Range,
  message: string,
  severity: FaultSeverity,
  code: string,
): vscode.Diagnostic {
  const { Warning, Information } = vscode.DiagnosticSeverity;
  const problem = new vscode.Diagnostic(
    range,
    message,
    severity === 'warning' ? Warning : Information,
  );
  problem.source = 'BN Lens';
  problem.code = code;
  return problem;
}
