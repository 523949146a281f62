import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunFeed } from '../../../src/host/panel/runFeed.ts';
import type { RunView } from '../../../src/protocol/panel.ts';
import { RunModel } from '../../../webview/model/runModel.ts';
import { SyntheticRun } from '../../fixtures/runs/syntheticRun.ts';

let runs: string;
let view: RunView;
beforeAll(async () => {
  runs = mkdtempSync(join(tmpdir(), 'bn-lens-model-'));
  const run = new SyntheticRun(runs);
  run.advanceTo(3);
  run.writer.close();
  view = await new RunFeed(run.directory).open();
});
afterAll(() => {
  rmSync(runs, { recursive: true });
});

describe('the name of a site', () => {
  test('is that of its layer', () => {
    expect(new RunModel(view).siteName(1)).toBe('bn2');
  });

  test('says where the layer stands when layers of nested models share it', () => {
    const sites = view.run.sites.map((site, id) => (id < 2 ? { ...site, name: 'bn' } : site));
    const model = new RunModel({ ...view, run: { ...view.run, sites } });
    expect([0, 1, 2].map((site) => model.siteName(site))).toEqual([
      'bn (digits.bn.ts:12)',
      'bn (digits.bn.ts:16)',
      'bn3',
    ]);
  });
});

test('warns of faults with their remedies, and of damaged files', () => {
  const fault = {
    t: 0,
    type: 'fault',
    code: 'redundant-beta',
    step: 0,
    site: 1,
    message: 'β of bn2 does nothing',
    hint: 'Leave it out.',
  } as const;
  const model = new RunModel({ ...view, events: [fault], damages: ['steps-1.arrow is damaged.'] });
  expect(model.warnings).toEqual([
    { severity: 'information', text: 'β of bn2 does nothing.', hint: 'Leave it out.' },
    { severity: 'warning', text: 'steps-1.arrow is damaged.', hint: null },
  ]);
});

test('takes a flag back where it is cleared, and only there', () => {
  const shown = { handling: 'mixed', logE: 5, logThreshold: 4, gap: 1, gapFloor: 0.1 } as const;
  const flag = { t: 0, type: 'flag', step: 2, pair: 0, ...shown } as const;
  const evidence = { logE: 5, logThreshold: 4 };
  const cleared = { t: 0, type: 'cleared', step: 9, pair: 0, raisedAt: 2, ...evidence } as const;
  const events = [
    { ...flag, site: 0 },
    { ...flag, site: 1 },
    { ...cleared, site: 1 },
  ];
  const model = new RunModel({ ...view, events });
  expect(model.flag(0, 0)?.step).toBe(2);
  expect(model.flag(1, 0)).toBeUndefined();
  model.append({ ...view, tables: {}, events: [{ ...flag, site: 1, step: 20 }] });
  expect(model.flag(1, 0)?.step).toBe(20);
  expect(model.flags(1, 0).map(({ step }) => step)).toEqual([2, 20]);
});
