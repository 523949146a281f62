import type { DeltaTables } from '../../../src/protocol/delta.ts';
import type { TableName, TableRow } from '../../../src/protocol/tables.ts';
import type { RunWriter, RunFileInit } from '../../../src/runs/runWriter.ts';

/** A small run: two labelled domains, two sites, one pair. */
export const INIT: RunFileInit = {
  root: '../../..',
  experiment: 'nets/digits.bn.ts',
  modules: [{ path: 'nets/digits.bn.ts', sha256: 'ab'.repeat(32), text: 'export {};' }],
  strategy: 'separate+mmd',
  seed: 3,
  epochs: 4,
  stepsPerEpoch: 25,
  batchSize: 8,
  backend: { name: 'wasm', threads: 1 },
  versions: { 'bn-lens': '0.1.0' },
  classes: ['0', '1'],
  domains: [
    {
      name: 'drawn',
      kind: 'synthetic',
      labelled: true,
      images: { train: 200, validation: 20, test: 0 },
    },
    {
      name: 'photo',
      kind: 'real',
      labelled: true,
      images: { train: 50, validation: 20, test: 30 },
    },
  ],
  sites: [0, 1].map((site) => ({
    name: `bn${site}`,
    layer: `bn${site}`,
    call: 0,
    pooled: false,
    channels: 4,
    handling: 'handled' as const,
    frames: [{ file: 'nets/digits.bn.ts', line: 10 + site, column: 3 }],
  })),
  pairs: [{ a: 0, b: 1 }],
  controls: [],
  alignments: [],
  flags: { tolerance: 0.1, alpha: 0.05 },
  record: { channelsEvery: 50, mmdEvery: 50 },
  git: { commit: 'f'.repeat(40), dirty: false },
};

/** The row of a step and domain: values that float32 holds exactly, so that they can be compared. */
export function stepRow(step: number, domain: number): TableRow<'steps'> {
  return { step, domain, loss: ((step * 37 + domain * 11) % 101) / 8, accuracy: 0.5, images: 8 };
}

/** The row of a step and site in `pairs`, as {@link stepRow}. */
export function pairRow(step: number, site: number): TableRow<'pairs'> {
  return {
    step,
    site,
    pair: 0,
    gap: ((step * 13 + site) % 64) / 16,
    gapSe: 0.25,
    gapFloor: 0.125,
    logVarianceRatio: (step % 7) / 4,
    logVarianceRatioSe: 0.5,
    logVarianceRatioFloor: 0.25,
    logE: step / 3 - site,
  };
}

/** Appends the steps from … to `to` to `steps` and `pairs`; a heartbeat every few makes batches. */
export function appendSteps(writer: RunWriter, from: number, to: number): void {
  for (let step = from; step <= to; step++) {
    for (const id of [0, 1]) {
      writer.append('steps', stepRow(step, id));
      writer.append('pairs', pairRow(step, id));
    }
    if (step % 5 === 0) writer.event({ type: 'heartbeat', step, epoch: Math.ceil(step / 25) });
  }
}

/** The rows of a table as objects, values being the last of their bins. */
export function rowsOf(rows: DeltaTables[TableName]): Record<string, number>[] {
  if (rows === undefined) return [];
  const columns = Object.entries(rows).filter(([name]) => name !== 'min' && name !== 'max');
  return Array.from(rows.step, (_, row) =>
    Object.fromEntries(
      columns.map(([name, values]) => [name, (values as ArrayLike<number>)[row] ?? NaN]),
    ),
  );
}
