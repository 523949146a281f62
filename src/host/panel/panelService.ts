import * as vscode from 'vscode';
import { PANELS } from '../../contributions.ts';
import type { PanelState } from '../../protocol/panel.ts';
import { RunPanel, type RunPanelServices } from './runPanel.ts';

/** Opens, finds and revives run panels: one for each run directory. */
export class PanelService implements vscode.Disposable, vscode.WebviewPanelSerializer<PanelState> {
  readonly #services: RunPanelServices;
  readonly #panels = new Map<string, RunPanel>();
  readonly #serializer: vscode.Disposable;

  constructor(services: RunPanelServices) {
    this.#services = services;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(PANELS.run, this);
  }

  /** Shows the run's panel beside the editor, or in the column of the panel at work. */
  open(directory: string): void {
    const existing = this.#panels.get(directory);
    if (existing !== undefined) {
      existing.reveal();
      return;
    }
    const isAtPanel = [...this.#panels.values()].some((panel) => panel.isActive);
    const viewColumn = isAtPanel ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
    const column = { viewColumn, preserveFocus: true };
    this.#attach(vscode.window.createWebviewPanel(PANELS.run, 'BN Lens', column), directory);
  }

  /** Revives the panel of an earlier window from the state that its page kept. */
  deserializeWebviewPanel(
    panel: vscode.WebviewPanel,
    state: PanelState | undefined,
  ): Promise<void> {
    if (state === undefined || this.#panels.has(state.directory)) panel.dispose();
    else this.#attach(panel, state.directory);
    return Promise.resolve();
  }

  dispose(): void {
    this.#serializer.dispose();
    for (const panel of this.#panels.values()) panel.dispose();
    this.#panels.clear();
  }

  #attach(webviewPanel: vscode.WebviewPanel, directory: string): void {
    const panel = new RunPanel(webviewPanel, directory, this.#services);
    this.#panels.set(directory, panel);
    webviewPanel.onDidDispose(() => {
      panel.dispose();
      this.#panels.delete(directory);
    });
  }
}
