import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { Channel, type Envelope } from '../../protocol/channel.ts';
import type { PanelHost, PanelPage, RunView } from '../../protocol/panel.ts';
import { serializeError, UserError } from '../../protocol/userError.ts';
import type { PanelActions } from './panelActions.ts';
import { panelHtml } from './panelHtml.ts';
import { RunFeed } from './runFeed.ts';

/** A visible panel looks for news this often, ms. */
const POLL_MS = 250;

/** What a panel needs besides its webview and its run. */
export interface RunPanelServices {
  readonly extensionUri: vscode.Uri;
  readonly actions: PanelActions;
  /** Takes a promise that nobody awaits and logs its failure. */
  readonly detach: (promise: Promise<unknown>) => void;
}

/**
 * Keeps one webview in step with one run directory: everything when the page asks, then only what
 * is new, only while the page is visible, and each time after the page has drawn the time before.
 */
export class RunPanel implements vscode.Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly #directory: string;
  readonly #services: RunPanelServices;
  readonly #channel: Channel<PanelPage, PanelHost>;
  readonly #subscriptions: vscode.Disposable;
  /** Of the page that is loaded now; undefined while none is. */
  #feed: RunFeed | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor(panel: vscode.WebviewPanel, directory: string, services: RunPanelServices) {
    this.#panel = panel;
    this.#directory = directory;
    this.#services = services;
    const { actions, detach } = services;
    this.#channel = new Channel<PanelPage, PanelHost>(
      (envelope) => {
        // What was asked may be done only after its panel was closed.
        if (!this.#isDisposed) detach(Promise.resolve(panel.webview.postMessage(envelope)));
      },
      {
        hydrate: () => this.#hydrate(),
        control: ({ command }) => actions.control(directory, command),
        resume: () => actions.resume(directory),
        addNote: ({ note }) => actions.addNote(directory, note),
        whatIf: () => actions.whatIf(directory),
        openSite: ({ site }) => actions.openSite(directory, site),
        openExperiment: () => actions.openExperiment(directory),
        showLog: () => {
          actions.showLog();
        },
      },
    );
    this.#subscriptions = vscode.Disposable.from(
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

  get isActive(): boolean {
    return this.#panel.active;
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#forgetPage('The panel is closed.');
    this.#subscriptions.dispose();
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
    });
  }

  async #hydrate(): Promise<RunView> {
    this.#forgetPage('The page was loaded again.');
    const feed = new RunFeed(this.#directory);
    this.#feed = feed;
    const view = await feed.open();
    if (feed === this.#feed) {
      const { experiment, strategy, seed } = view.run;
      this.#panel.title = `${basename(experiment)} · ${strategy} · seed ${seed}`;
      this.#pollLater(feed);
    }
    return view;
  }

  #pollLater(feed: RunFeed): void {
    this.#timer = setTimeout(() => {
      this.#services.detach(this.#poll(feed));
    }, POLL_MS);
  }

  async #poll(feed: RunFeed): Promise<void> {
    try {
      const news = await feed.poll();
      if (feed !== this.#feed) return;
      if (news !== null) await this.#channel.request(news);
      if (feed === this.#feed) this.#pollLater(feed);
    } catch (error) {
      // A page that went away meanwhile needs nothing more.
      if (feed !== this.#feed) return;
      this.#feed = undefined;
      this.#channel.request({ type: 'lost', error: serializeError(error) }).catch(() => undefined);
      // What the user can mend stands on the page; a bug belongs into the log, too.
      if (!(error instanceof UserError)) throw error;
    }
  }

  #forgetPage(reason: string): void {
    this.#feed = undefined;
    clearTimeout(this.#timer);
    this.#channel.abandon(reason);
  }
}
