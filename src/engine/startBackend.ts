import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths, type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { BackendChoice } from '../protocol/backend.ts';
import { notInstalled, readInstallation } from '../native/installation.ts';
import { UserError, userErrorText } from '../protocol/userError.ts';
import { batchNormKernels } from './batchNormKernels.ts';
import { plainLoops } from './batchNormLoops.ts';
import { crossEntropyKernel } from './crossEntropyKernel.ts';
import { startNative } from './native/startNative.ts';
import { registerKernels } from './registerKernels.ts';
import { registerReluGradient } from './reluGradient.ts';
import type { StartedBackend } from './startedBackend.ts';
import { cpuMemory, wasmMemory } from './tensorMemory.ts';
import { updateKernels } from './updateKernels.ts';
import { refuseFullHeap, type HeapExports } from './wasm/fullHeap.ts';
import { compileKernels } from './wasm/kernelInstance.ts';
import { KernelThreads } from './wasm/kernelThreads.ts';
import { simdLoops } from './wasm/simdBatchNorm.ts';
import { SimdHeap } from './wasm/simdHeap.ts';
import { trainingKernels } from './wasm/trainingKernels.ts';
import { simdUpdateKernels } from './wasm/updateKernels.ts';
import { prefersWideTiles } from './wasm/wideTiles.ts';

export interface BackendOptions {
  /** Directory of what `wasm.mjs` builds. */
  readonly wasmDirectory: string;
  /** Threads that kernels run on, by default as many as the process may use, but at most 8. */
  readonly threads?: number;
  /** Where the native backend is installed if it is; without, `auto` does not look for it. */
  readonly nativeFolder?: string;
}

/**
 * Starts the chosen backend and makes it the current one. `auto` is `native` where that is
 * installed and loads, else `wasm`, with a notice where an installation was passed over.
 * Throws a {@link UserError} for `native` where it is not installed or does not load, and when the
 * wasm files are missing.
 */
export async function startBackend(
  choice: BackendChoice,
  { wasmDirectory, nativeFolder, threads = usefulThreads() }: BackendOptions,
): Promise<StartedBackend> {
  registerReluGradient();
  switch (choice) {
    case 'auto':
      return startFastest(wasmDirectory, nativeFolder, threads);
    case 'wasm':
      return startWasm(wasmDirectory, threads);
    case 'cpu':
      return startCpu();
    case 'native':
      if (nativeFolder === undefined) throw notInstalled();
      return startNative(nativeFolder, threads);
  }
}

/** More threads than this wait for memory and for each other. */
const MOST_THREADS = 8;

function usefulThreads(): number {
  return Math.min(MOST_THREADS, availableParallelism());
}

async function startFastest(
  wasmDirectory: string,
  nativeFolder: string | undefined,
  threads: number,
): Promise<StartedBackend> {
  try {
    if (nativeFolder !== undefined && readInstallation(nativeFolder) !== null) {
      return await startNative(nativeFolder, threads);
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const notice = `The native backend is installed but not used: ${userErrorText(error)}`;
    return { ...(await startWasm(wasmDirectory, threads)), notices: [notice] };
  }
  return startWasm(wasmDirectory, threads);
}

/** The threads of the wasm backend, of which a process has one. */
let wasmThreads: KernelThreads | null = null;

async function startWasm(directory: string, threads: number): Promise<StartedBackend> {
  // Every Node that we support has SIMD, so this is the backend's one file that it will load.
  requireFile(join(directory, 'tfjs-backend-wasm-simd.wasm'));
  const kernels = compileKernels(
    readFileSync(requireFile(join(directory, 'kernels-relaxed.wasm'))),
    readFileSync(requireFile(join(directory, 'kernels.wasm'))),
  );
  const worker = requireFile(resolve(directory, 'kernelWorker.js'));
  setWasmPaths(join(directory, '/'));
  if (!(await withoutAddingErrorHandlers(() => tf.setBackend('wasm')))) {
    throw new Error('TensorFlow.js could not initialize its wasm backend.');
  }
  const backend = tf.backend() as unknown as BackendWasm;
  // Emscripten keeps the exports of the backend's own instance under this name.
  const { asm } = backend.wasm as unknown as { readonly asm: HeapExports };
  refuseFullHeap(backend, asm);
  await wasmThreads?.stop();
  const wide = kernels.joined && prefersWideTiles(kernels.module, backend, asm.memory);
  wasmThreads = new KernelThreads(kernels.module, asm.memory, wide, worker, threads);
  const heap = new SimdHeap(backend, kernels.module, wasmThreads);
  const batchNorm = { memory: wasmMemory(backend), loops: simdLoops(heap) };
  registerKernels('wasm', [
    ...trainingKernels(heap),
    ...batchNormKernels('wasm', batchNorm),
    ...simdUpdateKernels(heap),
    crossEntropyKernel('wasm'),
  ]);
  const versions = { kernels: kernels.fused ? 'relaxed-simd' : 'simd' };
  return { name: 'wasm', threads, versions, notices: [] };
}

function requireFile(file: string): string {
  if (existsSync(file)) return file;
  throw new UserError(`The backend "wasm" cannot start: ${file} is missing.`, {
    hint: 'Install BN Lens again.',
  });
}

async function startCpu(): Promise<StartedBackend> {
  await tf.setBackend('cpu');
  const memory = cpuMemory(tf.backend() as unknown as MathBackendCPU);
  registerKernels('cpu', [
    ...batchNormKernels('cpu', { memory, loops: plainLoops(memory) }),
    ...updateKernels('cpu'),
    crossEntropyKernel('cpu'),
  ]);
  // With its first tensor the cpu backend prints an advertisement, except in production mode.
  const environment = tf.env();
  const production = environment.getBool('PROD');
  environment.set('PROD', true);
  tf.scalar(0).dispose();
  environment.set('PROD', production);
  return { name: 'cpu', threads: 1, versions: {}, notices: [] };
}

/**
 * Takes back the process-wide handlers that Emscripten's loader adds: they rethrow every uncaught
 * error and unhandled rejection, which hides the stack and forestalls the process's own handling.
 */
async function withoutAddingErrorHandlers<T>(action: () => Promise<T>): Promise<T> {
  const emitter: NodeJS.EventEmitter = process;
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = events.map((event) => new Set(emitter.rawListeners(event)));
  const result = await action();
  events.forEach((event, i) => {
    for (const listener of emitter.rawListeners(event)) {
      if (!before[i]?.has(listener)) emitter.off(event, listener as (error: unknown) => void);
    }
  });
  return result;
}
