import * as tf from '@tensorflow/tfjs';
import { startBackend } from '../../src/engine/startBackend.ts';
import { NATIVE_FOLDER } from './installation.ts';

export const options = { wasmDirectory: 'dist/wasm', nativeFolder: NATIVE_FOLDER };

/** Starts all backends, so that tests can compare them; the native one is current afterwards. */
export async function startAllBackends(): Promise<void> {
  for (const choice of ['cpu', 'wasm', 'native'] as const) await startBackend(choice, options);
}

/** Computes on another backend and returns to the native one; the result's values are copied. */
export async function on<T>(backend: 'cpu' | 'wasm', compute: () => T): Promise<T> {
  await tf.setBackend(backend);
  try {
    return compute();
  } finally {
    await tf.setBackend('tensorflow');
  }
}
