import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { afterEach, expect, test } from 'vitest';
import { KernelQueue } from '../../../src/engine/wasm/kernelQueue.ts';
import { randomStream } from '../../../src/stats/random.ts';
import type { QueueThread } from './kernelQueueThread.ts';

const { outputFiles } = buildSync({
  entryPoints: [join(import.meta.dirname, 'kernelQueueThread.ts')],
  bundle: true,
  platform: 'node',
  write: false,
});
const code = outputFiles[0]?.text ?? '';

let workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.terminate()));
});

test('threads run each call of each round once, whatever the rounds', async () => {
  const random = randomStream(1, 'rounds');
  // Longer than the queue too, and short ones, whose threads come late to the next.
  const rounds = Array.from({ length: 4000 }, () => 1 + Math.floor(300 * random() ** 6));
  const { memory } = KernelQueue.create();
  const runs = new Int32Array(new SharedArrayBuffer(4 * 300));
  workers = [0, 1, 2, 3].map((thread) => {
    const workerData: QueueThread = { memory, thread, rounds, runs };
    return new Worker(code, { eval: true, workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const [first] = workers;
  first?.postMessage('go');
  expect(first && (await once(first, 'message'))).toEqual(['done']);
});
