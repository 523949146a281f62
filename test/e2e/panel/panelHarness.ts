import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { panelHtml } from '../../../src/host/panel/panelHtml.ts';
import { RunFeed } from '../../../src/host/panel/runFeed.ts';
import { Channel, type Envelope } from '../../../src/protocol/channel.ts';
import type { PanelHost, PanelPage, PanelState } from '../../../src/protocol/panel.ts';

export type ThemeName = 'dark' | 'light' | 'high-contrast';

export interface PanelHarnessOptions {
  /** The run directory. */
  readonly directory: string;
  readonly theme?: ThemeName;
  /** CSS pixels. */
  readonly width?: number;
  /** What the page kept in an earlier window. */
  readonly state?: PanelState;
  /** Answers everything but `hydrate`; what it throws is refused. */
  readonly onDeed?: (deed: Deed) => unknown;
}

/** What the page asks to be done. */
export type Deed = Parameters<PanelHost[Exclude<keyof PanelHost, 'hydrate'>]>[0];

/** No server: the browser's requests for this origin are answered by the test. */
const ORIGIN = 'http://panel.invalid';
const DIST = join(import.meta.dirname, '../../../dist');

/** Runs in the page in the place of VS Code's own function; state outlives reloads of the tab. */
function standInForVsCode(initial: PanelState | undefined): void {
  const kept = 'panel state';
  const world = globalThis as unknown as {
    sessionStorage: {
      getItem(key: string): string | null;
      setItem(key: string, value: string): void;
    };
    postToHost(envelope: Envelope): void;
    acquireVsCodeApi: unknown;
  };
  const { sessionStorage } = world;
  if (initial && sessionStorage.getItem(kept) === null) {
    sessionStorage.setItem(kept, JSON.stringify(initial));
  }
  world.acquireVsCodeApi = () => ({
    postMessage: (envelope: Envelope) => {
      world.postToHost(envelope);
    },
    getState: () =>
      (JSON.parse(sessionStorage.getItem(kept) ?? 'null') as PanelState | null) ?? undefined,
    setState: (state: PanelState) => {
      sessionStorage.setItem(kept, JSON.stringify(state));
    },
  });
}

/** The panel's real page in a browser, with the test in the place of the extension host. */
export class PanelHarness {
  /** What the page logged as errors, violations of its policy included, and what it threw. */
  readonly complaints: string[] = [];
  readonly #channel: Channel<PanelPage, PanelHost>;
  readonly #options: PanelHarnessOptions;
  #feed: RunFeed;

  private constructor(
    readonly page: Page,
    options: PanelHarnessOptions,
  ) {
    this.#options = options;
    this.#feed = new RunFeed(options.directory);
    const done = async (deed: Deed): Promise<void> => {
      await options.onDeed?.(deed);
    };
    this.#channel = new Channel<PanelPage, PanelHost>(
      (envelope) => {
        // A page that is being left takes no more messages.
        void page.evaluate(deliver, envelope).catch(() => undefined);
      },
      {
        hydrate: () => {
          this.#feed = new RunFeed(options.directory);
          return this.#feed.open();
        },
        control: done,
        resume: done,
        addNote: done,
        whatIf: done,
        openSite: done,
        openExperiment: done,
        showLog: done,
      },
    );
  }

  static async open(browser: Browser, options: PanelHarnessOptions): Promise<PanelHarness> {
    const { theme = 'dark', width = 1400, state } = options;
    const page = await browser.newPage({ viewport: { width, height: 1000 } });
    const harness = new PanelHarness(page, options);
    page.on('console', (message) => {
      if (message.type() === 'error') harness.complaints.push(message.text());
    });
    page.on('pageerror', (error) => harness.complaints.push(String(error)));
    await page.exposeBinding('postToHost', (_source, envelope: Envelope) =>
      harness.#channel.receive(envelope),
    );
    await page.addInitScript(standInForVsCode, state);
    await page.route(`${ORIGIN}/**`, async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (name === 'panel.js') {
        await route.fulfill({ contentType: 'text/javascript', path: join(DIST, name) });
      } else if (name === 'panel.css') {
        const themes = await readFile(join(import.meta.dirname, 'themes.css'), 'utf8');
        const body = themes + (await readFile(join(DIST, name), 'utf8'));
        await route.fulfill({ contentType: 'text/css', body });
      } else {
        await route.fulfill({ contentType: 'text/html', body: harness.#html(theme) });
      }
    });
    await page.goto(`${ORIGIN}/`);
    return harness;
  }

  /** Sends what the run directory gained, and waits until the page has drawn it. */
  async update(): Promise<void> {
    const news = await this.#feed.poll();
    if (news !== null) await this.#channel.request(news);
  }

  /** Changes the theme as the editor does: by the class of the body. */
  async setTheme(theme: ThemeName): Promise<void> {
    await this.page.locator('body').evaluate((body, name) => {
      (body as unknown as { className: string }).className = name;
    }, `vscode-${theme}`);
  }

  #html(theme: ThemeName): string {
    const html = panelHtml({
      script: '/panel.js',
      style: '/panel.css',
      cspSource: ORIGIN,
      nonce: 'test',
      directory: this.#options.directory,
    });
    return html.replace('<body ', `<body class="vscode-${theme}" `);
  }
}

function deliver(envelope: Envelope): void {
  const page = globalThis as unknown as { postMessage(data: Envelope, origin: string): void };
  page.postMessage(envelope, '*');
}
