import { setTimeout as sleep } from 'node:timers/promises';
import { readRun } from '../../src/runs/runTailer.ts';

/** The values of every row of the tables that training writes at every step, and all MMD. */
export async function rows(run: string, toStep = Infinity) {
  const { tables } = await readRun(run);
  const { steps, sites, pairs, alignments, mmd } = tables;
  if (!steps || !sites || !pairs) throw new Error('a table is missing');
  return {
    mmd: mmd && upTo(toStep, mmd.step, mmd),
    steps: upTo(toStep, steps.step, steps),
    sites: upTo(toStep, sites.step, sites),
    pairs: upTo(toStep, pairs.step, pairs),
    alignments: alignments && upTo(toStep, alignments.step, alignments),
  };
}

function upTo(last: number, step: Int32Array, columns: object): Record<string, number[]> {
  const isColumn = (entry: [string, unknown]): entry is [string, Int32Array | Float64Array] =>
    ArrayBuffer.isView(entry[1]);
  return Object.fromEntries(
    Object.entries(columns)
      .filter(isColumn)
      .map(([name, values]) => [name, Array.from(values).filter((_, row) => step[row]! <= last)]),
  );
}

/** Asks again and again until there is an answer, for a minute. */
export async function until<T>(probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('waited in vain');
    await sleep(20);
  }
}
