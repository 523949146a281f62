import { errors, type FrameLocator, type Locator, type Page } from 'playwright-core';

/** The palette is asked again after so long, ms: a window that is loading lacks keys and commands. */
const LOADING_MS = 3_000;

/** VS Code's window in a browser, operated as a user does. */
export class Workbench {
  constructor(readonly page: Page) {}

  /** Opens the command palette, types a command and gives the entry that offers it. */
  async typeCommand(title: string): Promise<Locator> {
    const entry = this.quickPickEntry(title);
    for (;;) {
      await this.page.keyboard.press('F1');
      try {
        const input = this.page.locator('.quick-input-widget .quick-input-filter input');
        await input.fill(`>${title}`, { timeout: LOADING_MS });
        await entry.waitFor({ timeout: LOADING_MS });
        return entry;
      } catch (error) {
        if (!(error instanceof errors.TimeoutError)) throw error;
        // An open palette would not look for commands that were added meanwhile.
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Picks a command from the palette. */
  async runCommand(title: string): Promise<void> {
    await (await this.typeCommand(title)).click();
  }

  /** An entry of the list that is open. */
  quickPickEntry(text: string): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  }

  /** The title of the list that is open, where it holds a text. */
  quickPickTitle(text: string): Locator {
    return this.page.locator('.quick-input-titlebar', { hasText: text });
  }

  /** Writes into the input box with that title, without confirming. */
  async fillInputBox(title: string, text: string): Promise<void> {
    const box = this.page.locator('.quick-input-widget', { hasText: title });
    await box.locator('.quick-input-filter input').fill(text);
  }

  /** The page inside the one webview that is to be seen. */
  get panel(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready:visible').frameLocator('#active-frame');
  }

  /** Entries of the Problems view that hold a text. */
  problem(text: string): Locator {
    return this.page.locator('.markers-panel .monaco-list-row', { hasText: text });
  }

  statusBarItem(text: string): Locator {
    return this.page.locator('.statusbar-item', { hasText: text });
  }

  /** Rows in the side bar, of files or runs, that hold a text. */
  treeRow(text: string): Locator {
    return this.page.locator('.sidebar .monaco-list-row', { hasText: text });
  }

  /** Rests the pointer on a word in the line of the editor that holds `text`, and gives the hover. */
  async hover(text: string, word: string): Promise<Locator> {
    const line = this.page.locator('.editor-instance .view-line', { hasText: text });
    await line.getByText(word, { exact: true }).hover();
    const hover = this.page.locator('.monaco-hover:visible .hover-contents', { hasText: 'domain' });
    await hover.first().waitFor();
    return hover.first();
  }
}
