import * as tf from '@tensorflow/tfjs';
import type { TFJSBinding } from '@tensorflow/tfjs-node/dist/tfjs_binding';
import { version as tfjsNode } from '@tensorflow/tfjs-node/dist/version.js';
import { loadAddon } from '../../native/addon.ts';
import { notInstalled, readInstallation } from '../../native/installation.ts';
import { crossEntropyKernel } from '../crossEntropyKernel.ts';
import { registerKernels } from '../registerKernels.ts';
import type { StartedBackend } from '../startedBackend.ts';
import { globalNormKernel } from '../updateKernels.ts';
import { restoreLegacyUtilities } from './legacyUtilities.ts';
import { nativeKernels } from './nativeKernels.ts';
import { BACKEND } from './opRunner.ts';

/**
 * Starts TensorFlow's C library behind tfjs-node's kernels and ours, and makes it the current
 * backend. The kernels are those bundled here, on the trainer's own TensorFlow.js: of an
 * installation only the addon and TensorFlow's libraries are loaded.
 * Throws a UserError where nothing is installed or it cannot be loaded.
 */
export async function startNative(folder: string, threads: number): Promise<StartedBackend> {
  if (readInstallation(folder) === null) throw notInstalled();
  // TensorFlow reads it as it is loaded, and so do our ops.
  process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  const addon = loadAddon(folder);
  restoreLegacyUtilities();
  // It is null before, whatever its type says.
  const factory: unknown = tf.findBackendFactory(BACKEND);
  if (factory === null) {
    await import('@tensorflow/tfjs-node/dist/register_all_kernels.js');
    const { NodeJSKernelBackend } =
      await import('@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js');
    const backend = new NodeJSKernelBackend(addon as unknown as TFJSBinding, 'bn-lens');
    registerKernels(BACKEND, [
      ...nativeKernels(backend),
      globalNormKernel(BACKEND),
      crossEntropyKernel(BACKEND),
    ]);
    tf.registerBackend(BACKEND, () => backend);
  }
  await tf.setBackend(BACKEND);
  return {
    name: 'native',
    threads,
    versions: { tensorflow: addon.TF_Version, 'tfjs-node': tfjsNode },
    notices: [],
  };
}
