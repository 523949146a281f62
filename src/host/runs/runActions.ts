import * as vscode from 'vscode';
import type { ControlMessage, NoteDraft } from '../../protocol/panel.ts';
import { UserError } from '../../protocol/userError.ts';
import { appendControl } from '../../runs/control.ts';
import { addNote, noteAuthor } from '../../runs/notes.ts';
import type { Listing } from '../../runs/runCatalog.ts';
import type { SiteLocator } from '../language/siteLocator.ts';
import type { PanelActions } from '../panel/panelActions.ts';
import type { AnalysisService } from '../process/analysisService.ts';
import type { TrainingService } from '../process/trainingService.ts';
import { EDITOR } from '../process/watchedRuns.ts';
import type { ProjectRoots } from './projectRoots.ts';
import type { RunEntry, RunStore } from './runStore.ts';
import { experimentUri, runTitle } from './runText.ts';

/** What actions on runs stand on. */
export interface RunActionsServices {
  readonly roots: Pick<ProjectRoots, 'addRun'>;
  readonly store: RunStore;
  readonly training: TrainingService;
  readonly analyses: AnalysisService;
  readonly locator: SiteLocator;
  readonly log: vscode.LogOutputChannel;
}

/** A run's folder, whether it can be read or not. */
export type RunFolder = Pick<Listing, 'directory' | 'name'>;

/** What commands and panels do to runs and with them. */
export class RunActions implements PanelActions {
  readonly #services: RunActionsServices;

  constructor(services: RunActionsServices) {
    this.#services = services;
  }

  async control(directory: string, command: ControlMessage['command']): Promise<void> {
    await appendControl(directory, { type: command, by: EDITOR });
  }

  async resume(directory: string): Promise<void> {
    await this.#services.training.resume(await this.#entry(directory));
  }

  async addNote(directory: string, note: NoteDraft): Promise<void> {
    await addNote(directory, { ...note, author: noteAuthor() });
  }

  async whatIf(directory: string): Promise<void> {
    await this.#services.analyses.whatIf(await this.#entry(directory));
  }

  async openSite(directory: string, site: number): Promise<void> {
    const entry = await this.#entry(directory);
    const described = entry.run.sites[site];
    const [frame] = described?.frames ?? [];
    const call = frame && (await this.#services.locator.locate(entry, frame));
    if (described === undefined || !call) {
      throw new UserError(
        vscode.l10n.t('The layer {0} is no longer found in the source.', described?.name ?? site),
      );
    }
    const { uri, range } = call.location;
    await showSource(uri, { selection: range });
  }

  async openExperiment(directory: string): Promise<void> {
    await showSource(experimentUri(await this.#entry(directory)));
  }

  showLog(): void {
    this.#services.log.show();
  }

  /** Shows the run's folder where this window can: in the system's file manager or the explorer. */
  async reveal({ directory }: RunFolder): Promise<void> {
    const remote = vscode.env.remoteName !== undefined || vscode.env.uiKind === vscode.UIKind.Web;
    const command = remote ? 'revealInExplorer' : 'revealFileInOS';
    await vscode.commands.executeCommand(command, vscode.Uri.file(directory));
  }

  /** Asks for a note and writes it. */
  async promptNote(entry: RunEntry): Promise<void> {
    const text = await vscode.window.showInputBox({
      title: vscode.l10n.t('Note on {0}', runTitle(entry)),
      prompt: vscode.l10n.t('What did you observe?'),
    });
    if (text === undefined || text.trim() === '') return;
    await this.addNote(entry.directory, { text: text.trim(), step: entry.status.step });
  }

  /** Moves a run's folder to the trash once the user agrees; for good where there is no trash. */
  async delete({ directory, name }: RunFolder): Promise<void> {
    const uri = vscode.Uri.file(directory);
    const moveToTrash = vscode.l10n.t('Move to Trash');
    const question = vscode.l10n.t('Delete the run {0}?', name);
    if (!(await confirm(question, moveToTrash))) return;
    try {
      await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: true });
    } catch (error) {
      this.#services.log.warn(error instanceof Error ? error.message : String(error));
      const lost = vscode.l10n.t('There is no trash here. Delete the run permanently?');
      if (!(await confirm(lost, vscode.l10n.t('Delete Permanently')))) return;
      await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: false });
    }
    await this.#services.store.refresh();
  }

  /** Finds a run, also one outside the open folders whose panel a reload has revived. */
  async #entry(directory: string): Promise<RunEntry> {
    const { roots, store } = this.#services;
    if (store.entry(directory) === undefined) {
      roots.addRun(directory);
      await store.refresh();
    }
    const entry = store.entry(directory);
    if (entry !== undefined) return entry;
    throw new UserError(
      vscode.l10n.t('The run {0} is not in the .bn-lens folder of a project.', directory),
    );
  }
}

/** Shows a file where it is open already, else in the first column, beside the panel. */
async function showSource(
  uri: vscode.Uri,
  options: vscode.TextDocumentShowOptions = {},
): Promise<void> {
  const editor = vscode.window.visibleTextEditors.find(
    ({ document }) => document.uri.toString() === uri.toString(),
  );
  const viewColumn = editor?.viewColumn ?? vscode.ViewColumn.One;
  await vscode.window.showTextDocument(uri, { viewColumn, ...options });
}

async function confirm(question: string, action: string): Promise<boolean> {
  const answer = await vscode.window.showWarningMessage(question, { modal: true }, action);
  return answer === action;
}
