import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { eValueText } from '../../../src/protocol/eValueText.ts';
import { STARTING_POINTS } from '../../../src/protocol/strategies.ts';
import { listRuns, type RunListing } from '../../../src/runs/runCatalog.ts';
import { readRun } from '../../../src/runs/runTailer.ts';
import { startBrowser, startServer, type VSCodeServer } from '../../vscode/server.ts';
import { TestWorkspace } from '../../vscode/testWorkspace.ts';
import { Workbench } from './workbench.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SHOTS = join(ROOT, 'test-results');

const THEMES = {
  dark: 'Dark Modern',
  light: 'Light Modern',
  'high-contrast': 'Default High Contrast',
} as const;

/** Training on a busy machine takes minutes. */
const PATIENT = { timeout: 300_000 };

let scratch: string;
let workspace: TestWorkspace;
let server: VSCodeServer;
let browser: Browser;
let page: Page;
let workbench: Workbench;

/** The packaged extension, installed, with the digits example open in a window. */
beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  scratch = mkdtempSync(join(tmpdir(), 'bn-lens-vsix-'));
  const vsix = join(scratch, 'bn-lens.vsix');
  execFileSync('npm', ['run', '--silent', 'package', '--', '--out', vsix], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  workspace = new TestWorkspace(join(ROOT, 'examples', 'digits'));
  lengthenTraining(join(workspace.folder, 'digits.bn.ts'));
  server = await startServer({ vsix });
  browser = await startBrowser();
  page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  page.setDefaultTimeout(60_000);
  workbench = new Workbench(page);
  setTheme('dark');
  await page.goto(server.url(workspace.folder));
}, 300_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
  await workspace.remove();
  rmSync(scratch, { recursive: true });
});

// Each test goes on where the one before it ended.
describe('a user with two kinds of digits', () => {
  test('starts training from the command palette', PATIENT, async () => {
    shootOnFailure();
    await workbench.treeRow('digits.bn.ts').dblclick();
    const command = await workbench.typeCommand('BN Lens: Train with BN Strategy');
    await shoot('1-palette');
    await command.click();
    for (const { name } of STARTING_POINTS) await workbench.quickPickEntry(name).waitFor();
    await shoot('2-strategies');
    await workbench.quickPickEntry('Compose…').click();
    await workbench.quickPickTitle('Compose a Strategy (1/4)').waitFor();
    await workbench.quickPickEntry('shared').click();
    await workbench.quickPickTitle('(2/4)').waitFor();
    await workbench.quickPickEntry('mmd').waitFor();
    await shoot('2-alignments');
    await page.keyboard.press('Enter');
    await workbench.quickPickTitle('(3/4)').waitFor();
    await workbench.quickPickEntry('Joint').click();
    await workbench.quickPickTitle('(4/4)').waitFor();
    await workbench.quickPickEntry('None').click();
    const { panel } = workbench;
    await panel.locator('.state', { hasText: 'Running' }).waitFor({ timeout: 120_000 });
    await expect.poll(panelStep, { timeout: 120_000 }).toBeGreaterThan(15);
    await shoot('3-live-panel');
  });

  test('reads off the live panel what the run directory holds', PATIENT, async () => {
    shootOnFailure();
    const { panel } = workbench;
    await panel.locator('tr[data-layer="bn1"]').click();
    await panel.locator('#layer-title', { hasText: 'bn1' }).waitFor();
    // A step of the past stays as it is while the run goes on.
    await panel.locator('#chart-gap .plot').focus();
    await page.keyboard.press('Home');
    for (let step = 1; step < 12; step++) await page.keyboard.press('ArrowRight');
    await panel.locator('#chart-gap .readout-step', { hasText: 'step 12' }).waitFor();
    const losses = await panel.locator('#chart-loss output').allTextContents();
    const gap = await panel.locator('#chart-gap output').first().textContent();

    const { directory } = await onlyRun();
    const { run, tables } = await readRun(directory);
    const { steps, pairs } = tables;
    if (steps === undefined || pairs === undefined) throw new Error('the run has recorded steps');
    const site = run.sites.findIndex(({ name }) => name === 'bn1');
    const row = pairs.step.findIndex((step, i) => step === 12 && pairs.site[i] === site);
    expect(gap).toBe(`${pairs.gap[row]?.toFixed(3)} ± ${pairs.gapSe[row]?.toFixed(3)}`);
    const expected = run.domains.map((_, domain) => {
      const at = steps.step.findIndex((step, i) => step === 12 && steps.domain[i] === domain);
      return steps.loss[at]?.toPrecision(3);
    });
    // The curves of validation follow, once there are any.
    expect(losses.slice(0, expected.length)).toEqual(expected);
  });

  test('pauses, and finds the latest numbers of every layer in the table', PATIENT, async () => {
    shootOnFailure();
    const { panel } = workbench;
    await panel.getByRole('button', { name: 'Pause' }).click();
    await panel.locator('.state', { hasText: 'Paused' }).waitFor();
    const { directory } = await onlyRun();
    const { run, tables, status } = await readRun(directory);
    const { pairs } = tables;
    if (pairs === undefined) throw new Error('the run has recorded steps');
    await expect.poll(panelStep).toBe(status.step);
    for (const [site, { name }] of run.sites.entries()) {
      const row = pairs.site.lastIndexOf(site);
      const cells = await panel.locator(`tr[data-layer="${name}"] td`).allTextContents();
      expect(cells[0]).toBe(`${pairs.gap[row]?.toFixed(3)} ± ${pairs.gapSe[row]?.toFixed(3)}`);
      expect(cells[3]).toBe(eValueText(pairs.logE[row] ?? NaN));
    }
  });

  test('finds the flagged layer in Problems, and its numbers in the hover', PATIENT, async () => {
    shootOnFailure();
    await workbench.runCommand('Problems: Focus on Problems View');
    const problem = workbench.problem('bn1: synthetic and real differ here');
    await problem.waitFor();
    await shoot('4-problems');
    await problem.dblclick();
    const hover = await workbench.hover("name: 'bn1'", 'batchNormalization');
    await shoot('5-hover');
    const { directory } = await onlyRun();
    const { run, tables } = await readRun(directory);
    const cells = await hover.locator('td').allTextContents();
    const site = run.sites.findIndex(({ name }) => name === 'bn1');
    const { sites } = tables;
    if (sites === undefined) throw new Error('the run has recorded steps');
    for (const [domain, { name }] of run.domains.entries()) {
      const row = sites.site.findLastIndex((id, i) => id === site && sites.domain[i] === domain);
      const at = cells.indexOf(name);
      expect(cells.slice(at, at + 3)).toEqual([
        name,
        sites.mean[row]?.toPrecision(4),
        sites.variance[row]?.toPrecision(4),
      ]);
    }
    await page.keyboard.press('Escape');
  });

  test('reloads the window, and run and panel go on', PATIENT, async () => {
    shootOnFailure();
    await workbench.statusBarItem('shared').click();
    await workbench.panel.getByRole('button', { name: 'Continue' }).click();
    await workbench.panel.locator('.state', { hasText: 'Running' }).waitFor();
    const { directory, status } = await onlyRun();
    await page.reload();
    await workbench.panel.locator('.state', { hasText: 'Running' }).waitFor();
    await expect.poll(panelStep).toBeGreaterThan(status.step);
    const before = await panelStep();
    await expect.poll(panelStep, { timeout: 60_000 }).toBeGreaterThan(before);
    expect((await onlyRun()).directory).toBe(directory);
    expect((await onlyRun()).status.attempt).toBe(1);
    await shoot('6-reloaded');
  });

  test('sees the test accuracy on real digits once the run has finished', PATIENT, async () => {
    shootOnFailure();
    const { panel } = workbench;
    await panel.locator('.state', { hasText: 'Finished' }).waitFor({ timeout: 240_000 });
    const { summary } = await onlyRun();
    const test = summary?.metrics['real']?.test;
    if (test === undefined) throw new Error('the run was tested on real data');
    const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
    expect(await panel.locator('.result-value').textContent()).toBe(percent(test.accuracy));
    expect(await panel.locator('.result-interval').textContent()).toBe(
      `95% interval ${percent(test.low)} – ${percent(test.high)}`,
    );
  });

  test('sees the run in the tree and notes what it means', PATIENT, async () => {
    shootOnFailure();
    await workbench.runCommand('BN Lens: Focus on Runs View');
    await workbench.treeRow('shared · seed 1').waitFor();
    await workbench.runCommand('BN Lens: Add Note');
    await workbench.fillInputBox('Note on shared', 'bn1 sees two worlds.');
    await shoot('7-tree-and-note');
    await page.keyboard.press('Enter');
    await workbench.panel.locator('.note-text', { hasText: 'bn1 sees two worlds.' }).waitFor();
  });

  test('reads the panel in any theme', PATIENT, async () => {
    shootOnFailure();
    for (const theme of ['dark', 'light', 'high-contrast'] as const) {
      setTheme(theme);
      await page.reload();
      const { panel } = workbench;
      await panel.locator(`body.vscode-${theme} .result-value`).waitFor();
      await page.locator('[id="status.problems"]', { hasText: '3' }).waitFor();
      await shoot(`8-finished-${theme}`);
      await panel.locator('#chart-gap').scrollIntoViewIfNeeded();
      await shoot(`9-layers-${theme}`);
    }
  });

  test('leaves no trainer behind', async () => {
    const { directory } = await onlyRun();
    const { events } = await readRun(directory);
    const started = events.find((event) => event.type === 'started');
    await expect.poll(() => isAlive(started?.pid ?? NaN)).toBe(false);
  });
});

/** Gives the user time to look around, and to reload the window, before the run ends. */
function lengthenTraining(experiment: string): void {
  const text = readFileSync(experiment, 'utf8');
  writeFileSync(experiment, text.replace(/(epochs|patience): \d+/g, '$1: 40'));
}

function setTheme(theme: keyof typeof THEMES): void {
  server.configure({
    'workbench.colorTheme': THEMES[theme],
    'workbench.startupEditor': 'none',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
  });
}

/** The step that the panel's header shows. */
async function panelStep(): Promise<number> {
  const shown = await workbench.panel.locator('.facts dd').nth(1).textContent();
  return Number(shown?.split('/')[0]?.replaceAll(',', ''));
}

async function onlyRun(): Promise<RunListing> {
  const [run, ...others] = await listRuns(workspace.folder);
  if (run?.kind !== 'run') throw new Error('there is no run');
  expect(others).toEqual([]);
  return run;
}

async function shoot(name: string): Promise<void> {
  await page.screenshot({ path: join(SHOTS, `journey-${name}.png`) });
}

function shootOnFailure(): void {
  onTestFailed(() => shoot('failure'));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
