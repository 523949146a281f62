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

test('a kernel that throws in a thread ends the round with an error', async () => {
  const { memory } = KernelQueue.create();
  const runs = new Int32Array(new SharedArrayBuffer(4 * 300));
  // Many rounds: the thread that throws comes to one of them sooner or later.
  const rounds = Array.from({ length: 4000 }, () => 50);
  workers = [0, 1].map((thread) => {
    const workerData: QueueThread = { memory, thread, rounds, runs, failing: 1 };
    return new Worker(code, { eval: true, workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const ends = Promise.all(workers.map((worker) => once(worker, 'error')));
  workers[0]?.postMessage('go');
  expect((await ends).map(([error]) => String(error))).toEqual([
    'Error: a kernel failed in a thread',
    'Error: this thread fails',
  ]);
});

test('threads run each call of each round once, whatever the rounds', async () => {
  const random = randomStream(1, 'rounds');
  // Longer than the queue too, and short ones, whose threads come late to the next.
  const rounds = Array.from({ length: 4000 }, () => 1 + Math.floor(300 * random() ** 6));
  const { memory } = KernelQueue.create();
  const runs = new Int32Array(new SharedArrayBuffer(4 * 300));
  workers = [0, 1, 2, 3].map((thread) => {
    const workerData: QueueThread = { memory, thread, rounds, runs, failing: null };
    return new Worker(code, { eval: true, workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const [first] = workers;
  first?.postMessage('go');
  expect(first && (await once(first, 'message'))).toEqual(['done']);
});
