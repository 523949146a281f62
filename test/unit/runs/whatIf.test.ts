import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { WhatIfReport } from '../../../src/protocol/whatIf.ts';
import { readWhatIf, writeWhatIf } from '../../../src/runs/whatIf.ts';
import { temporaryFolder } from './folders.ts';

const replaced = { accuracy: 0.9, low: 0.8, high: 1, gain: 0.1, gainLow: 0, gainHigh: 0.2 };
const REPORT: WhatIfReport = {
  run: 'a-run',
  step: 12,
  domains: [
    {
      domain: 'real',
      images: 40,
      trained: { accuracy: 0.8, low: 0.7, high: 0.9, n: 30 },
      layers: [{ layer: 'bn1', site: 0, meanSkew: 1.5, varianceSkew: null, ...replaced }],
      all: replaced,
    },
  ],
  seconds: 0.3,
};

it('is kept until there is a later one', async () => {
  const run = temporaryFolder();
  expect(await readWhatIf(run)).toBeNull();
  await writeWhatIf(run, { ...REPORT, step: 11 });
  await writeWhatIf(run, REPORT);
  expect(await readWhatIf(run)).toEqual(REPORT);
});

it.each(['{"run":', '{"run":"of another format"}'])(
  'is none where the file holds %s',
  async (text) => {
    const run = temporaryFolder();
    writeFileSync(join(run, 'whatif.json'), text);
    expect(await readWhatIf(run)).toBeNull();
  },
);
