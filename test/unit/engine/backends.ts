import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach } from 'vitest';
import { startBothBackends } from './gradients.ts';

/** Starts both backends for a file's tests: each begins on wasm and leaves no tensors behind. */
export function useBothBackends(): void {
  beforeAll(startBothBackends);
  beforeEach(async () => {
    await tf.setBackend('wasm');
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
  });
}

/** Returns what the action does on the cpu backend, and goes back to wasm. */
export async function onCpu<T>(action: () => T): Promise<T> {
  await tf.setBackend('cpu');
  try {
    return action();
  } finally {
    await tf.setBackend('wasm');
  }
}
