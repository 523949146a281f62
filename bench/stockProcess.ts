/** A contender: tfjs as published, by `model.fit`; argument: a `StockTraining`. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { TFJSBinding } from '@tensorflow/tfjs-node/dist/tfjs_binding';
import { restoreLegacyUtilities } from '../src/engine/native/legacyUtilities.ts';
import { loadAddon } from '../src/native/addon.ts';
import { notInstalled, readInstallation } from '../src/native/installation.ts';
import { nativeFolder } from '../src/native/nativeFolder.ts';
import { drawBatches } from './batches.ts';
import { registerComposedKernels } from './composedKernels.ts';
import { buildNet, CLASSES, inputShapeOfNet, LEARNING_RATE, type NetName } from './nets.ts';
import { serve } from './serve.ts';

/** A training by tfjs as published; travels as JSON. */
export interface StockTraining {
  readonly net: NetName;
  readonly images: number;
  /** As tfjs names them; `tensorflow` is that of tfjs-node. */
  readonly backend: 'cpu' | 'wasm' | 'tensorflow';
  readonly threads: number;
}

/** tfjs does not export the names of its levels. */
const QUIET = 0 as unknown as NonNullable<tf.ModelFitArgs['verbose']>;

const load = createRequire(__filename);
const setting = JSON.parse(process.argv[2] ?? '') as StockTraining;

void serve(async () => {
  const started = await startTfjs();
  const { net, images } = setting;
  const batches = drawBatches(net, { images, domains: 1 });
  const x = tf.concat(
    batches.map((batch) => tf.tensor(batch.images, [images, ...inputShapeOfNet(net)])),
  );
  const y = tf.concat(
    batches.map(({ labels: [own] }) => tf.oneHot(tf.tensor1d(own!, 'int32'), CLASSES)),
  );
  const model = buildNet(tf, net);
  model.compile({
    optimizer: tf.train.adam(LEARNING_RATE),
    loss: (labels, scores) => tf.losses.softmaxCrossEntropy(labels, scores),
  });
  return {
    versions: { tfjs: tf.version_core, node: process.versions.node, ...started },
    async takeSteps(count) {
      const perEpoch = Math.min(count, batches.length);
      const epochs = Math.ceil(count / perEpoch);
      const [fitX, fitY] = [x, y].map((all) => all.slice(0, perEpoch * images));
      await model.fit(fitX!, fitY!, { epochs, batchSize: images, shuffle: false, verbose: QUIET });
      tf.dispose([fitX, fitY]);
      return epochs * perEpoch;
    },
  };
});

/** Makes the backend the current one; returns the versions of what it brings with it. */
async function startTfjs(): Promise<Readonly<Record<string, string>>> {
  switch (setting.backend) {
    case 'cpu':
      await tf.setBackend('cpu');
      return {};
    case 'wasm':
      setWasmPaths(join(dirname(load.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
      await tf.setBackend('wasm');
      registerComposedKernels();
      return {};
    case 'tensorflow':
      return startTfjsNode();
  }
}

/** Starts tfjs-node as its own package does, on the TensorFlow that BN Lens has installed. */
async function startTfjsNode(): Promise<Readonly<Record<string, string>>> {
  const folder = nativeFolder();
  if (readInstallation(folder) === null) throw notInstalled();
  process.env['TF_NUM_INTRAOP_THREADS'] = String(setting.threads);
  const addon = loadAddon(folder);
  restoreLegacyUtilities();
  await import('@tensorflow/tfjs-node/dist/register_all_kernels.js');
  const { NodeJSKernelBackend } =
    await import('@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js');
  const backend = new NodeJSKernelBackend(addon as unknown as TFJSBinding, 'tfjs-node');
  tf.registerBackend('tensorflow', () => backend);
  await tf.setBackend('tensorflow');
  return { tensorflow: addon.TF_Version };
}
