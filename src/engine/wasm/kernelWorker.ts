import { workerData } from 'node:worker_threads';
import { instantiateKernels } from './kernelInstance.ts';
import { KernelQueue } from './kernelQueue.ts';
import type { KernelWorkerData } from './kernelThreads.ts';

/** A thread that shares the kernels' work; it serves until it is terminated. */
const { module, memory, wide, queue, thread } = workerData as KernelWorkerData;
new KernelQueue(queue).serve(instantiateKernels(module, memory, wide), thread);
