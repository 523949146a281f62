import { parentPort, workerData } from 'node:worker_threads';
import { KernelQueue } from '../../../src/engine/wasm/kernelQueue.ts';

/** What a thread of kernelQueue.test.ts is given. */
export interface QueueThread {
  readonly memory: SharedArrayBuffer;
  /** 0 hands out the calls. */
  readonly thread: number;
  /** Of each round, the number of its calls. */
  readonly rounds: readonly number[];
  /** [calls of a round at most], how often each has run. */
  readonly runs: Int32Array;
  /** The thread whose kernels throw. */
  readonly failing: number | null;
}

const { memory, thread, rounds, runs, failing } = workerData as QueueThread;
// As if a thread were now and then put to sleep before or after it changes a shared word.
for (const name of ['add', 'compareExchange'] as const) {
  const change = Atomics[name].bind(Atomics) as (...args: unknown[]) => number;
  Object.defineProperty(Atomics, name, {
    value: (...args: unknown[]) => {
      sleepSometimes();
      const value = change(...args);
      sleepSometimes();
      return value;
    },
  });
}

function sleepSometimes(): void {
  const end = thread > 0 && Math.random() < 0.05 ? performance.now() + 0.2 : 0;
  while (performance.now() < end);
}

const queue = new KernelQueue(memory);
const instance = {
  kernels: [
    (call: number) => {
      if (thread === failing) throw new Error('this thread fails');
      Atomics.add(runs, call, 1);
    },
  ],
  useScratch: () => undefined,
};
parentPort?.postMessage('ready');
if (thread > 0) queue.serve(instance, thread);
parentPort?.once('message', handOut);

function handOut(): void {
  for (const [round, calls] of rounds.entries()) {
    runs.fill(0);
    const list = Array.from({ length: calls }, (_, call) => [0, call]);
    queue.run(list, { address: 0, bytes: 0 }, instance);
    const wrong = runs.findIndex((count, call) => count !== (call < calls ? 1 : 0));
    if (wrong >= 0) throw new Error(`call ${wrong} of round ${round} ran ${runs[wrong]} times`);
  }
  parentPort?.postMessage('done');
}
