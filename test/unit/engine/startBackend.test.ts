import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, test, vi } from 'vitest';
import { startBackend } from '../../../src/engine/startBackend.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { wasmDirectory } from './gradients.ts';

const handlersOfUncaughtErrors = () => [
  process.listeners('uncaughtException'),
  process.listeners('unhandledRejection'),
];
const handlersBefore = handlersOfUncaughtErrors();

afterEach(() => {
  vi.restoreAllMocks();
});

function watchConsole(): () => number {
  const spies = (['log', 'info', 'warn', 'error'] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation(() => undefined),
  );
  return () => spies.reduce((calls, spy) => calls + spy.mock.calls.length, 0);
}

test('cpu becomes the current backend without a word', async () => {
  const printed = watchConsole();
  expect(await startBackend('cpu', { wasmDirectory })).toMatchObject({ name: 'cpu', threads: 1 });
  expect(tf.getBackend()).toBe('cpu');
  expect(tf.add(1, 2).dataSync()[0]).toBe(3);
  expect(printed()).toBe(0);
});

test('auto is wasm where native is not installed, and starts without a word', async () => {
  const printed = watchConsole();
  expect(await startBackend('auto', { wasmDirectory, nativeFolder: 'nowhere' })).toMatchObject({
    name: 'wasm',
    threads: Math.min(8, availableParallelism()),
  });
  expect(tf.getBackend()).toBe('wasm');
  expect(tf.add(1, 2).dataSync()[0]).toBe(3);
  expect(printed()).toBe(0);
});

test("starting wasm leaves the process's handling of uncaught errors alone", () => {
  expect(handlersOfUncaughtErrors()).toEqual(handlersBefore);
});

test('starting again changes nothing', async () => {
  await startBackend('wasm', { wasmDirectory });
  expect(await startBackend('wasm', { wasmDirectory })).toMatchObject({
    name: 'wasm',
    threads: Math.min(8, availableParallelism()),
  });
  const product = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]]), false, true);
  expect(product.dataSync()[0]).toBe(11);
});

test('native is refused where it is not installed', async () => {
  const refusal = await startBackend('native', { wasmDirectory, nativeFolder: 'nowhere' }).catch(
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(UserError);
  expect(refusal).toMatchObject({
    message: 'The native backend is not installed.',
    details: {
      hint: 'Run bn-lens native install, or “BN Lens: Install Native TensorFlow” in the editor.',
    },
  });
});

test('auto passes over a damaged installation of native and says so', async () => {
  const nativeFolder = mkdtempSync(join(tmpdir(), 'bn-lens-native-'));
  writeFileSync(join(nativeFolder, 'installation.json'), '{');
  const { name, notices } = await startBackend('auto', { wasmDirectory, nativeFolder });
  rmSync(nativeFolder, { recursive: true });
  expect(name).toBe('wasm');
  expect(notices).toEqual([
    `The native backend is installed but not used: ${join(nativeFolder, 'installation.json')} is damaged. Run bn-lens native install, or “BN Lens: Install Native TensorFlow” in the editor.`,
  ]);
});

test('missing wasm files are named', async () => {
  await expect(startBackend('wasm', { wasmDirectory: 'nowhere' })).rejects.toThrow(
    /nowhere.*simd\.wasm is missing/,
  );
});
