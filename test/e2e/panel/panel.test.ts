import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addNote } from '../../../src/runs/notes.ts';
import { readRun } from '../../../src/runs/runTailer.ts';
import { writeWhatIf } from '../../../src/runs/whatIf.ts';
import { SyntheticRun } from '../../fixtures/runs/syntheticRun.ts';
import { startBrowser } from '../../vscode/server.ts';
import { PanelHarness, type Deed, type PanelHarnessOptions } from './panelHarness.ts';

let browser: Browser;
let runs: string;
const open = (options: PanelHarnessOptions): Promise<PanelHarness> =>
  PanelHarness.open(browser, options);

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(async () => {
  await browser.close();
});
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'bn-lens-panel-'));
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  rmSync(runs, { recursive: true });
});

async function finishedRun(): Promise<string> {
  const run = new SyntheticRun(runs);
  await run.finish();
  return run.directory;
}

/** Reads the latest value of a column straight from the files. */
async function latest(
  directory: string,
  table: 'steps' | 'pairs' | 'controls' | 'distances' | 'mmd',
  column: string,
  key: number,
): Promise<number> {
  const { tables } = await readRun(directory);
  const rows = tables[table] as unknown as Record<string, ArrayLike<number>> | undefined;
  const ids = rows?.[table === 'steps' ? 'domain' : 'site'] ?? [];
  const row = Array.from(ids).lastIndexOf(key);
  return rows?.[column]?.[row] ?? NaN;
}

describe('the panel of a finished run', () => {
  test('shows the numbers of the run directory', async () => {
    const directory = await finishedRun();
    const { page, complaints } = await open({ directory });
    const { events } = await readRun(directory);
    const final = events.findLast((event) => event.type === 'eval' && event.final);
    const flag = events.find((event) => event.type === 'flag');
    if (final?.type !== 'eval' || flag?.type !== 'flag') throw new Error('the run has both');

    const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
    await expect.poll(() => page.locator('.state').textContent()).toBe('Finished');
    expect(await page.locator('.result-value').textContent()).toBe(percent(final.accuracy));
    expect(await page.locator('.result-interval').textContent()).toBe(
      `95% interval ${percent(final.low)} – ${percent(final.high)}`,
    );
    const row = page.locator('tr[data-layer="bn2"]');
    const gap = await latest(directory, 'pairs', 'gap', 1);
    const error = await latest(directory, 'pairs', 'gapSe', 1);
    const floor = await latest(directory, 'pairs', 'gapFloor', 1);
    expect(await row.locator('td').allTextContents()).toEqual(
      expect.arrayContaining([`${gap.toFixed(3)} ± ${error.toFixed(3)}`, floor.toFixed(3)]),
    );
    expect(await row.locator('.tags').textContent()).toBe(`mixedflagged since ${flag.step}`);
    const exponent = Math.floor((await latest(directory, 'pairs', 'logE', 1)) / Math.LN10);
    const superscript = String(exponent).replaceAll(/\d/g, (digit) =>
      '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(digit)),
    );
    expect(await row.locator('td').nth(3).textContent()).toContain(`×10${superscript}`);
    const jeffreys = page.locator('.distances tbody tr', { hasText: 'Jeffreys' }).locator('td');
    expect(await jeffreys.first().textContent()).toBe(
      (await latest(directory, 'distances', 'jeffreys', 1)).toPrecision(3),
    );
    expect(await jeffreys.nth(3).textContent()).toBe(
      (await latest(directory, 'distances', 'jeffreysFloor99', 1)).toPrecision(3),
    );
    expect(await jeffreys.last().textContent()).toBe('99%');
    const mmd = (name: 'step' | 'mmd2' | 'n' | 'm') => latest(directory, 'mmd', name, 1);
    const estimates = page.locator('.mmd tbody tr');
    expect(await estimates.first().locator('td').allTextContents()).toEqual([
      (await mmd('mmd2')).toFixed(3),
      '0.005',
      `${await mmd('n')} + ${await mmd('m')}`,
    ]);
    expect(await estimates.locator('th').allTextContents()).toEqual(['all classes', '3', '7']);
    expect(await page.locator('.mmd .unit').textContent()).toBe(
      `step ${await mmd('step')}, unbiased estimate, 5 kernels, p by 199 permutations`,
    );
    const window = await page.locator('.mmd .window').textContent();
    expect(window).toContain('Over 4 batches (steps 1 to ');
    expect(window).toContain('above what chance gives in 99 of 100 cases, 0.00300.');
    const control = page.locator('#chart-gap .readout li', { hasText: 'control: real halved' });
    const halves = await latest(directory, 'controls', 'gap', 1);
    expect(await control.locator('output').textContent()).toBe(halves.toFixed(3));
    const losses = await page.locator('#chart-loss .readout output').allTextContents();
    expect(losses[0]).toBe((await latest(directory, 'steps', 'loss', 0)).toPrecision(3));
    expect(losses[1]).toBe((await latest(directory, 'steps', 'loss', 1)).toPrecision(3));
    expect(await page.locator('.note-text').textContent()).toBe('bn2 drifts from epoch 2 on.');
    expect(complaints).toEqual([]);
  });

  test('has the cost of the trained statistics measured, and shows what follows', async () => {
    const directory = await finishedRun();
    const { run } = await readRun(directory);
    const replaced = {
      accuracy: 0.9,
      low: 0.85,
      high: 0.94,
      gain: 0.2,
      gainLow: 0.1,
      gainHigh: 0.3,
    };
    const harness = await open({
      directory,
      onDeed: ({ type }) =>
        type === 'whatIf'
          ? writeWhatIf(directory, {
              run: run.name,
              step: 470,
              domains: [
                {
                  domain: 'real',
                  images: 100,
                  trained: { accuracy: 0.7, low: 0.65, high: 0.75, n: 300 },
                  layers: [
                    { layer: 'bn2', site: 1, meanSkew: 1.25, varianceSkew: null, ...replaced },
                    { layer: 'bn1', site: 0, meanSkew: 0.5, varianceSkew: 0.25, ...replaced },
                  ],
                  all: replaced,
                },
              ],
              seconds: 0.3,
            })
          : undefined,
    });
    const { page, complaints } = harness;
    const section = page.getByRole('region', { name: 'What do the trained statistics cost?' });
    await section.getByRole('button', { name: 'Measure' }).click();
    await harness.update();
    const rows = section.locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(4);
    expect(await rows.nth(2).locator('th, td').allTextContents()).toEqual([
      'bn2',
      '90.0%',
      '85.0% – 94.0%',
      '+20.0%',
      '+10.0% to +30.0%',
      '1.250',
      '–',
    ]);
    const advice = page.getByRole('region', { name: 'Worth trying' });
    expect(await advice.locator('code').allTextContents()).toContain('shared+adabn');
    expect(await advice.textContent()).toContain('the gain is at least 10.0% (95%)');
    expect(complaints).toEqual([]);
  });

  test('shows what is measured of a domain that trains without labels', async () => {
    const run = new SyntheticRun(runs, { labelled: false });
    await run.finish();
    const { page } = await open({ directory: run.directory });
    await expect.poll(() => page.locator('.result-card h3').textContent()).toContain('real');
    expect(await page.locator('#chart-accuracy .readout-label').allTextContents()).toEqual([
      'synthetic',
      'synthetic, validation',
      'real, validation',
    ]);
  });

  test('draws each loss that aligns the domains, and how well discriminators tell them apart', async () => {
    const place = { layer: 'scores', side: 'input', settings: {} } as const;
    const alignments = [
      { name: 'mmd', discriminator: false, ...place },
      { name: 'adversarial', discriminator: true, ...place },
    ];
    const run = new SyntheticRun(runs, { alignments });
    await run.finish();
    const { page, complaints } = await open({ directory: run.directory, width: 900 });
    const section = page.getByRole('region', { name: 'Alignment' });
    await expect.poll(() => section.locator('.readout output').count()).toBe(3);
    const { tables } = await readRun(run.directory, { tables: ['alignments'] });
    const [mmd, adversarial] = [0, 1].map((term) => {
      const row = tables.alignments?.term.lastIndexOf(term) ?? -1;
      return { loss: tables.alignments?.loss[row], accuracy: tables.alignments?.accuracy[row] };
    });
    expect(await section.locator('.readout output').allTextContents()).toEqual([
      mmd?.loss?.toPrecision(3),
      adversarial?.loss?.toPrecision(3),
      `${(100 * (adversarial?.accuracy ?? NaN)).toFixed(1)}%`,
    ]);
    const wider = await page
      .locator('.chart')
      .evaluateAll((cards) =>
        (cards as unknown as { scrollWidth: number; clientWidth: number }[]).filter(
          ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth,
        ),
      );
    expect(wider).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('lists faults among the warnings, with their remedies', async () => {
    const run = new SyntheticRun(runs);
    const fault = { type: 'fault', step: 0, hint: 'Mend it.' } as const;
    const codes = ['dead-channels', 'bias-before-norm'] as const;
    for (const code of codes) run.writer.event({ ...fault, code, site: 1, message: `a ${code}` });
    await run.finish();
    const { page, complaints } = await open({ directory: run.directory });
    const items = page.locator('.warnings li');
    await expect.poll(() => items.count()).toBe(2);
    expect(await items.locator('p').allTextContents()).toEqual([
      'a dead-channels.',
      'Mend it.',
      'a bias-before-norm.',
      'Mend it.',
    ]);
    const severity = (index: number) => items.nth(index).getAttribute('data-severity');
    expect([await severity(0), await severity(1)]).toEqual(['warning', 'information']);
    expect(complaints).toEqual([]);
  });

  test('puts the layer that differs most first and selects it', async () => {
    const { page } = await open({ directory: await finishedRun() });
    const first = page.locator('.layers tbody tr').first();
    await expect.poll(() => first.getAttribute('data-layer')).toBe('bn2');
    expect(await first.getAttribute('aria-selected')).toBe('true');
    expect(await page.locator('#layer-title').textContent()).toBe('bn2');
  });

  test('sorts by any column', async () => {
    const { page } = await open({ directory: await finishedRun() });
    await page.getByRole('button', { name: 'Layer', exact: true }).click();
    const names = page.locator('.layers tbody tr .layer-name');
    expect(await names.allTextContents()).toEqual(['bn1', 'bn2', 'bn3']);
    expect(await page.locator('.layers th').first().getAttribute('aria-sort')).toBe('ascending');
  });

  test('selects layers by keyboard, and keeps the choice over a reload', async () => {
    const { page } = await open({ directory: await finishedRun() });
    await page.locator('tr[aria-selected="true"]').focus();
    await page.keyboard.press('ArrowDown');
    const chosen = await page.locator('tr:focus').getAttribute('data-layer');
    expect(chosen).not.toBe('bn2');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#layer-title').textContent()).toBe(chosen);
    await page.reload();
    await expect.poll(() => page.locator('#layer-title').textContent()).toBe(chosen);
  });

  test('selects layers in the dropdown', async () => {
    const { page, complaints } = await open({ directory: await finishedRun() });
    await page.locator('vscode-dropdown').click();
    await page.locator('vscode-option', { hasText: 'bn3' }).click();
    await expect.poll(() => page.locator('#layer-title').textContent()).toBe('bn3');
    expect(complaints).toEqual([]);
  });

  test('reads all charts at the step to which the arrow keys move', async () => {
    const directory = await finishedRun();
    const { page } = await open({ directory });
    await page.locator('#chart-gap .plot').focus();
    await page.keyboard.press('Home');
    const { tables } = await readRun(directory);
    const gap = tables.pairs?.gap[1] ?? NaN;
    const error = tables.pairs?.gapSe[1] ?? NaN;
    expect(await page.locator('#chart-gap output').first().textContent()).toBe(
      `${gap.toFixed(3)} ± ${error.toFixed(3)}`,
    );
    expect(await page.locator('#chart-loss .readout-step').textContent()).toBe('step 1');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#chart-loss .readout-step').textContent()).toBe('step 2');
    expect(await page.locator('#chart-gap [aria-live]').textContent()).toMatch(/^Step 2: gap 0\./);
  });

  test('shows a chart as a table, and still does after a reload', async () => {
    const directory = await finishedRun();
    const { page } = await open({ directory });
    await page.locator('#chart-loss .twin-toggle').focus();
    await page.keyboard.press('Enter');
    const newest = page.locator('#chart-loss .twin tbody tr').first();
    const expected = (await latest(directory, 'steps', 'loss', 0)).toPrecision(3);
    await expect.poll(() => newest.locator('td').first().textContent()).toBe(expected);
    expect(await page.locator('#chart-loss .plot').isVisible()).toBe(false);
    await page.reload();
    await expect.poll(() => newest.locator('td').first().textContent()).toBe(expected);
  });

  test('redraws its charts when the theme changes', async () => {
    const harness = await open({ directory: await finishedRun() });
    const canvas = harness.page.locator('#chart-gap canvas');
    await canvas.waitFor();
    const dark = await canvas.screenshot();
    await harness.setTheme('light');
    await expect.poll(async () => (await canvas.screenshot()).equals(dark)).toBe(false);
  });

  test('draws a domain in full colour where the theme has a see-through one', async () => {
    const { page } = await open({ directory: await finishedRun(), theme: 'dark' });
    await page.locator('.swatch-domain.color-orange').first().waitFor();
    const drawn = await page.evaluate<string>(
      "getComputedStyle(document.querySelector('.swatch-domain.color-orange')).backgroundColor",
    );
    // In the dark theme of the test, as in Dark Modern, charts.orange is #ea5c0055.
    expect(drawn).toBe('color(srgb 0.917647 0.360784 0)');
  });

  test('asks for the source of a layer and for notes', async () => {
    const deeds: Deed[] = [];
    const { page } = await open({
      directory: await finishedRun(),
      onDeed: (deed) => deeds.push(deed),
    });
    await page.locator('tr[data-layer="bn3"] .source').click();
    await page.locator('vscode-text-field input').fill('Try blur.');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => deeds)
      .toEqual([
        { type: 'openSite', site: 2 },
        { type: 'addNote', note: { text: 'Try blur.' } },
      ]);
    expect(await page.locator('#layer-title').textContent()).toBe('bn2');
  });

  test.each([420, 800, 900, 1400])(
    'never scrolls sideways at %i pixels, nor cuts what lists the layers',
    async (width) => {
      const { page } = await open({ directory: await finishedRun(), width });
      await page.locator('#chart-variance canvas').waitFor();
      for (const scroller of [':root', '.layers']) {
        const hidden = await page.evaluate<number>(
          `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('${scroller}'))`,
        );
        expect(hidden).toBe(0);
      }
    },
  );
});

describe('the panel of a live run', () => {
  test('follows the run and steers it', async () => {
    const deeds: Deed[] = [];
    const run = new SyntheticRun(runs);
    const { directory } = run;
    run.advanceTo(40);
    const harness = await open({ directory, onDeed: (deed) => deeds.push(deed) });
    const { page } = harness;
    const steps = page.locator('.facts dd').nth(1);
    await expect.poll(() => steps.textContent()).toBe('40 / 470');
    expect(await page.locator('.state').textContent()).toBe('Running');
    run.advanceTo(90);
    await addNote(directory, { author: 'Ada', text: 'Seen live.' });
    await harness.update();
    expect(await steps.textContent()).toBe('90 / 470');
    expect(await page.locator('.note-text').textContent()).toBe('Seen live.');
    const gap = (await latest(directory, 'pairs', 'gap', 1)).toFixed(3);
    expect(await page.locator('#chart-gap output').first().textContent()).toContain(`${gap} ±`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(() => deeds).toEqual([{ type: 'control', command: 'pause' }]);
    run.writer.event({ type: 'paused', step: 90 });
    await harness.update();
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    run.writer.close();
  });

  test('says what went wrong when something that it asked for is refused', async () => {
    const run = new SyntheticRun(runs);
    run.advanceTo(10);
    const { page } = await open({
      directory: run.directory,
      onDeed: () => {
        throw new Error('The disk is full.');
      },
    });
    const stop = page.getByRole('button', { name: 'Stop' });
    await stop.click();
    await expect.poll(() => page.locator('.problem').textContent()).toBe('The disk is full.');
    await expect.poll(() => stop.isEnabled()).toBe(true);
    run.writer.close();
  });

  test('waits for the first step', async () => {
    const run = new SyntheticRun(runs);
    const harness = await open({ directory: run.directory });
    const { page } = harness;
    await page.getByText('Waiting for the first step…').waitFor();
    run.advanceTo(3);
    await harness.update();
    expect(await page.locator('#chart-loss canvas').isVisible()).toBe(true);
    run.writer.close();
  });

  test('offers to read again a run that could not be read', async () => {
    const directory = join(runs, 'gone');
    const { page } = await open({ directory });
    await page.getByRole('button', { name: 'Try again' }).click();
    expect(await page.locator('.failed p').textContent()).toContain('run.json');
  });
});
