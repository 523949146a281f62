import { Worker } from 'node:worker_threads';
import { instantiateKernels } from './kernelInstance.ts';
import { KernelQueue, type KernelInstance } from './kernelQueue.ts';

/** What a worker of `kernelWorker.ts` is given. */
export interface KernelWorkerData {
  /** The compiled kernels and the heap's memory, which Node's types do not know. */
  readonly module: object;
  readonly memory: unknown;
  readonly wide: boolean;
  readonly queue: SharedArrayBuffer;
  /** Its number; the main thread is 0. */
  readonly thread: number;
}

/** The main thread and the workers that run kernels with it. */
export class KernelThreads {
  readonly #queue = KernelQueue.create();
  readonly #instance: KernelInstance;
  readonly #workers: readonly Worker[];

  /**
   * @param wide - Whether kernels compute two tiles at a time.
   * @param workerFile - `kernelWorker.js`.
   * @param count - Threads in all, 1 or more.
   */
  constructor(
    module: object,
    memory: unknown,
    wide: boolean,
    workerFile: string,
    readonly count: number,
  ) {
    this.#instance = instantiateKernels(module, memory, wide);
    this.#workers = Array.from({ length: count - 1 }, (_, index) => {
      const { memory: queue } = this.#queue;
      const workerData: KernelWorkerData = { module, memory, wide, queue, thread: index + 1 };
      const worker = new Worker(workerFile, { workerData });
      // A waiting thread must not keep the process.
      worker.unref();
      return worker;
    });
  }

  /**
   * Runs calls, each [kernel, ...arguments], in any order and at the same time; `scratch` is where
   * the threads' own memories begin, and the bytes that each has.
   */
  run(
    calls: readonly (readonly number[])[],
    scratch: { readonly address: number; readonly bytes: number },
  ): void {
    if (this.count > 1 && calls.length > 1) {
      this.#queue.run(calls, scratch, this.#instance);
      return;
    }
    const { kernels, useScratch } = this.#instance;
    useScratch(scratch.address);
    for (const [kernel = 0, ...args] of calls) kernels[kernel]!(...args);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
