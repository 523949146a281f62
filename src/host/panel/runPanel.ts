import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { Channel, type Envelope } from '../../protocol/channel.ts';
import type {
  AppendMessage,
  PanelHost,
  PanelPage,
  ReplaceMessage,
  RunView,
} from '../../protocol/panel.ts';
import { AdditionBuffer } from './additionBuffer.ts';
import { panelHtml } from './panelHtml.ts';
import type { FollowedRun, PanelActions, PanelRuns, RunChange } from './ports.ts';

/** The page is brought up to date this often at most, ms. */
const UPDATE_MS = 250;

/** What a panel needs besides its webview and its run. */
export interface RunPanelServices {
  readonly extensionUri: vscode.Uri;
  readonly runs: PanelRuns;
  readonly actions: PanelActions;
  /** Takes a promise that nobody awaits and logs its failure. */
  readonly detach: (promise: Promise<unknown>) => void;
}

/**
 * Keeps one webview in step with one run directory: everything when the page asks, then only
 * additions, only while it is visible, each sent after the one before was drawn.
 */
export class RunPanel implements vscode.Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly #directory: string;
  readonly #services: RunPanelServices;
  readonly #channel: Channel<PanelPage, PanelHost>;
  readonly #buffer = new AdditionBuffer();
  readonly #subscriptions: vscode.Disposable[] = [];
  #followed: Promise<FollowedRun> | undefined;
  /** Whether the page has the run and wants additions. */
  #hydrated = false;
  #replace = false;
  #sending = false;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(panel: vscode.WebviewPanel, directory: string, services: RunPanelServices) {
    this.#panel = panel;
    this.#directory = directory;
    this.#services = services;
    const { actions, detach } = services;
    const post = (envelope: Envelope): void => {
      if (!this.#disposed) detach(Promise.resolve(panel.webview.postMessage(envelope)));
    };
    this.#channel = new Channel<PanelPage, PanelHost>(post, {
      hydrate: () => this.#hydrate(),
      control: ({ command }) => actions.control(directory, command),
      resume: () => actions.resume(directory),
      addNote: ({ note }) => actions.addNote(directory, note),
      openSite: ({ site }) => actions.openSite(directory, site),
      openExperiment: () => actions.openExperiment(directory),
      showLog: () => {
        actions.showLog();
      },
    });
    this.#subscriptions.push(
      panel.webview.onDidReceiveMessage((envelope: Envelope) => {
        detach(this.#channel.receive(envelope));
      }),
      panel.onDidChangeViewState(() => {
        // A hidden page is destroyed; it asks for everything when it comes back.
        if (!panel.visible) this.#forgetPage('The panel is hidden.');
      }),
    );
    panel.title = basename(directory);
    panel.webview.options = {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(services.extensionUri, 'dist')],
    };
    panel.webview.html = this.#html();
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#forgetPage('The panel is closed.');
    const { detach } = this.#services;
    if (this.#followed !== undefined) detach(this.#followed.then((run) => void run.dispose()));
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  #html(): string {
    const { webview } = this.#panel;
    const asset = (name: string): string =>
      webview
        .asWebviewUri(vscode.Uri.joinPath(this.#services.extensionUri, 'dist', name))
        .toString();
    return panelHtml({
      script: asset('panel.js'),
      style: asset('panel.css'),
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
      directory: this.#directory,
      language: vscode.env.language,
    });
  }

  async #hydrate(): Promise<RunView> {
    this.#forgetPage('The page was loaded again.');
    const followed = await this.#follow();
    const view = await followed.view();
    this.#buffer.clear();
    this.#hydrated = true;
    const { experiment, strategy, seed } = view.run;
    this.#panel.title = `${basename(experiment)} · ${strategy} · seed ${seed}`;
    return view;
  }

  /** Follows the run from the first success on; a failure leaves the next attempt free. */
  async #follow(): Promise<FollowedRun> {
    this.#followed ??= this.#services.runs.follow(this.#directory, (change) => {
      this.#changed(change);
    });
    try {
      return await this.#followed;
    } catch (error) {
      this.#followed = undefined;
      throw error;
    }
  }

  #changed(change: RunChange): void {
    if (!this.#hydrated) return;
    if (change.type === 'added') this.#buffer.add(change.addition);
    else this.#replace = true;
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#hydrated || this.#sending) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#services.detach(this.#send());
    }, UPDATE_MS);
  }

  async #send(): Promise<void> {
    this.#sending = true;
    try {
      const message = await this.#nextMessage();
      if (message === null) return;
      await this.#channel.request(message);
    } finally {
      this.#sending = false;
    }
    this.#schedule();
  }

  async #nextMessage(): Promise<AppendMessage | ReplaceMessage | null> {
    if (this.#replace) {
      const view = await (await this.#follow()).view();
      this.#replace = false;
      this.#buffer.clear();
      return { type: 'replace', view };
    }
    const addition = this.#buffer.take();
    return addition === null ? null : { type: 'append', addition };
  }

  #forgetPage(reason: string): void {
    this.#hydrated = false;
    this.#replace = false;
    this.#buffer.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#channel.abandon(reason);
  }
}
