import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, expect, test, vi } from 'vitest';
import { startBackend } from '../../src/engine/startBackend.ts';
import { ADDON_FILE, INSTALLATION_FILE } from '../../src/native/installation.ts';
import { UserError } from '../../src/protocol/userError.ts';
import { options } from './backends.ts';
import { NATIVE_FOLDER } from './installation.ts';

let broken: string;

/** An installation whose addon is no library. */
beforeEach(() => {
  broken = mkdtempSync(join(tmpdir(), 'bn-lens-native-'));
  copyFileSync(join(NATIVE_FOLDER, INSTALLATION_FILE), join(broken, INSTALLATION_FILE));
  writeFileSync(join(broken, ADDON_FILE), 'no library');
  return () => {
    rmSync(broken, { recursive: true });
  };
});

test('auto is native where that is installed, which starts without a word', async () => {
  const methods = ['log', 'info', 'warn', 'error'] as const;
  const spies = methods.map((method) => vi.spyOn(console, method));
  const { name, versions, notices } = await startBackend('auto', options);
  expect(name).toBe('native');
  expect(versions).toEqual({ tensorflow: '2.21.0', 'tfjs-node': '4.22.0' });
  expect(notices).toEqual([]);
  expect(tf.getBackend()).toBe('tensorflow');
  expect(tf.add(1, 2).dataSync()[0]).toBe(3);
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
});

test('auto is wasm where the installation does not load, and says why', async () => {
  const { name, notices } = await startBackend('auto', { ...options, nativeFolder: broken });
  expect(name).toBe('wasm');
  expect(notices).toHaveLength(1);
  expect(notices[0]).toMatch(
    /^The native backend is installed but not used: TensorFlow cannot be loaded: .*tensorflow\.node.* Run bn-lens native install/,
  );
});

test('native is refused where the installation does not load', async () => {
  const refusal = startBackend('native', { ...options, nativeFolder: broken });
  await expect(refusal).rejects.toBeInstanceOf(UserError);
  await expect(refusal).rejects.toThrow(/^TensorFlow cannot be loaded/);
});
