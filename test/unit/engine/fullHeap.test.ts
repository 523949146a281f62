import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startBackend } from '../../../src/engine/startBackend.ts';
import { refuseFullHeap, type HeapExports } from '../../../src/engine/wasm/fullHeap.ts';
import { UserError, userErrorText } from '../../../src/protocol/userError.ts';
import { sample, wasmDirectory } from './gradients.ts';

const SENTENCE =
  'A step needs more memory than the 4 GiB that the wasm backend has. ' +
  'Lower train.batchSize, make the images smaller, or use the native backend.';

let backend: BackendWasm;
let heap: HeapExports;

beforeAll(async () => {
  await startBackend('wasm', { wasmDirectory });
  backend = tf.backend() as unknown as BackendWasm;
  heap = (backend.wasm as unknown as { readonly asm: HeapExports }).asm;
});
beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  refuseFullHeap(backend, heap);
});

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return userErrorText(error);
    throw error;
  }
  return 'nothing was refused';
}

// Neither is allocated, however much the machine has: the heap is refused the growth.
test.each([
  ['almost 4 GiB', [65535, 16384]],
  ['more than 4 GiB', [65537, 16384]],
])('a tensor of %s is refused in one sentence', (_, shape) => {
  expect(refusal(() => tf.fill(shape, 1))).toBe(SENTENCE);
  expect([...tf.ones([3]).dataSync()]).toEqual([1, 1, 1]);
});

test.each([
  ['there is no room', () => 0],
  ['a block ends behind the memory', () => heap.memory.buffer.byteLength - 4],
])('tensors, outputs of kernels and scratch are refused where %s', (_, malloc) => {
  const x = sample([2, 8, 8, 4]) as tf.Tensor4D;
  const filter = sample([3, 3, 4, 4]) as tf.Tensor4D;
  refuseFullHeap(backend, { ...heap, malloc });
  expect(refusal(() => tf.ones([3]))).toBe(SENTENCE);
  expect(refusal(() => tf.relu(x))).toBe(SENTENCE);
  refuseFullHeap(backend, {
    ...heap,
    // The convolution's output finds room, its scratch none.
    malloc: (bytes) => (bytes === x.size * 4 ? heap.malloc(bytes) : malloc()),
  });
  expect(refusal(() => tf.conv2d(x, filter, 1, 'same'))).toBe(SENTENCE);
});

test('an abort is explained by the full heap, and by nothing where there is room', () => {
  const { onAbort } = backend.wasm as unknown as { onAbort: () => void };
  expect(onAbort).not.toThrow();
  const buffer = { byteLength: 2 ** 32 - 2 ** 16 } as ArrayBuffer;
  refuseFullHeap(backend, { ...heap, memory: { buffer } });
  const full = backend.wasm as unknown as { onAbort: () => void };
  expect(
    refusal(() => {
      full.onAbort();
    }),
  ).toBe(SENTENCE);
});
