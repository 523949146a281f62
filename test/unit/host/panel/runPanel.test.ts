import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WebviewPanel } from 'vscode';
import type { PanelActions } from '../../../../src/host/panel/panelActions.ts';
import { RunPanel } from '../../../../src/host/panel/runPanel.ts';
import { Channel, type Envelope } from '../../../../src/protocol/channel.ts';
import type { PanelHost, PanelPage, RunUpdate } from '../../../../src/protocol/panel.ts';
import { SyntheticRun } from '../../../fixtures/runs/syntheticRun.ts';

vi.mock('vscode', () => ({
  Disposable: {
    from: (...all: { dispose(): void }[]) => ({
      dispose: () => {
        for (const each of all) each.dispose();
      },
    }),
  },
  Uri: { joinPath: (base: string, ...parts: string[]) => [base, ...parts].join('/') },
}));

/** A webview with a page in it that speaks the page's side of the channel. */
class FakeWebviewPanel {
  visible = true;
  title = '';
  readonly updates: RunUpdate[] = [];
  readonly losses: string[] = [];
  readonly page = new Channel<PanelHost, PanelPage>(
    (envelope) => this.#toHost?.(structuredClone(envelope)),
    {
      append: ({ update }) => void this.updates.push(update),
      replace: () => undefined,
      lost: ({ error }) => void this.losses.push(error.message),
    },
  );
  #toHost: ((envelope: Envelope) => void) | undefined;
  #onViewState: (() => void) | undefined;
  readonly webview = {
    html: '',
    options: {},
    cspSource: 'https://webview',
    asWebviewUri: (uri: string) => `https://webview/${uri}`,
    onDidReceiveMessage: (listener: (envelope: Envelope) => void) => {
      this.#toHost = listener;
      return { dispose: () => undefined };
    },
    postMessage: async (envelope: Envelope) => {
      await this.page.receive(structuredClone(envelope));
      return true;
    },
  };

  onDidChangeViewState(listener: () => void): { dispose(): void } {
    this.#onViewState = listener;
    return { dispose: () => undefined };
  }

  hide(): void {
    this.visible = false;
    this.#onViewState?.();
  }
}

let runs: string;
let fake: FakeWebviewPanel;
let panel: RunPanel;
let failures: unknown[];
const deeds: unknown[] = [];

beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'bn-lens-run-panel-'));
  fake = new FakeWebviewPanel();
  failures = [];
  deeds.length = 0;
});
afterEach(() => {
  panel.dispose();
  rmSync(runs, { recursive: true, force: true });
});

function show(directory: string): void {
  const act = (...deed: unknown[]): Promise<void> => {
    deeds.push(deed);
    return Promise.resolve();
  };
  const actions: PanelActions = {
    control: act,
    resume: act,
    addNote: act,
    whatIf: act,
    openSite: () => Promise.reject(new Error('The file is gone.')),
    openExperiment: act,
    showLog: () => undefined,
  };
  panel = new RunPanel(fake as unknown as WebviewPanel, directory, {
    extensionUri: 'extension' as never,
    actions,
    detach: (promise) => {
      promise.catch((error: unknown) => failures.push(error));
    },
  });
}

describe('a run panel', () => {
  test('hands out the run, then only what is new, while it is visible', async () => {
    const run = new SyntheticRun(runs);
    run.advanceTo(5);
    show(run.directory);
    const view = await fake.page.request({ type: 'hydrate' });
    expect(view.status.step).toBe(5);
    expect(fake.title).toBe('digits.bn.ts · shared · seed 1');
    run.advanceTo(6);
    await expect
      .poll(() => fake.updates.map(({ tables }) => tables.steps?.step))
      .toEqual([Int32Array.of(6, 6)]);
    fake.hide();
    run.advanceTo(7);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(fake.updates).toHaveLength(1);
    run.writer.close();
    expect(failures).toEqual([]);
  });

  test('hands out the whole run again to a page that was loaded again', async () => {
    const run = new SyntheticRun(runs);
    run.advanceTo(5);
    show(run.directory);
    await fake.page.request({ type: 'hydrate' });
    run.advanceTo(9);
    const view = await fake.page.request({ type: 'hydrate' });
    run.writer.close();
    expect(view.tables.steps?.step.length).toBe(18);
  });

  test('passes deeds on with its directory, and refuses what fails', async () => {
    const run = new SyntheticRun(runs);
    run.writer.close();
    show(run.directory);
    await fake.page.request({ type: 'control', command: 'stop' });
    expect(deeds).toEqual([[run.directory, 'stop']]);
    await expect(fake.page.request({ type: 'openSite', site: 0 })).rejects.toThrow(
      'The file is gone.',
    );
  });

  test('tells the page when the run can no longer be read, and stops looking', async () => {
    const run = new SyntheticRun(runs);
    run.advanceTo(5);
    run.writer.close();
    show(run.directory);
    await fake.page.request({ type: 'hydrate' });
    const events = join(run.directory, 'events.ndjson');
    rmSync(events);
    mkdirSync(events);
    await expect.poll(() => fake.losses).toHaveLength(1);
    expect(fake.losses[0]).toContain('events.ndjson');
  });

  test('tells the page when the run was deleted, and nobody else', async () => {
    const run = new SyntheticRun(runs);
    run.advanceTo(5);
    run.writer.close();
    show(run.directory);
    await fake.page.request({ type: 'hydrate' });
    rmSync(run.directory, { recursive: true });
    await expect.poll(() => fake.losses).toHaveLength(1);
    expect(fake.losses[0]).toContain('was deleted');
    expect(failures).toEqual([]);
  });

  test('is silent once it is closed, also when it was still reading', async () => {
    const run = new SyntheticRun(runs);
    run.writer.close();
    show(run.directory);
    let answered = false;
    void fake.page.request({ type: 'hydrate' }).then(() => (answered = true));
    panel.dispose();
    fake.title = 'closed';
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([answered, fake.title, failures]).toEqual([false, 'closed', []]);
  });
});
