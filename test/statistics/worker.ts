/** Watches one run after another, on a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ImageSums } from '../../src/stats/moments.ts';
import { CASES } from './cases.ts';
import { FastRandom } from './fastRandom.ts';
import type { RunOutcome, RunRequest } from './runCase.ts';
import { SEED } from './case.ts';
import { storiesOf } from './trial.ts';

const net = workerData as readonly ImageSums[];

parentPort?.on('message', ({ id, run, steps }: RunRequest) => {
  const start = performance.now();
  const asked = CASES.find((one) => one.id === id);
  if (asked === undefined) throw new Error(`no case ${id}`);
  const source = asked.open(new FastRandom(SEED, id, run), net);
  const stories = storiesOf(source, { ...asked, steps });
  const outcome: RunOutcome = { stories, seconds: (performance.now() - start) / 1_000 };
  parentPort?.postMessage(outcome);
});
