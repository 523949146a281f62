/** A contender: tfjs as published, by `model.fit`; argument: a `StockTraining`. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tfjs from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { UserError } from '../src/protocol/userError.ts';
import { drawBatches } from './batches.ts';
import { registerComposedKernels } from './composedKernels.ts';
import { buildNet, CLASSES, inputShapeOfNet, LEARNING_RATE, type NetName } from './nets.ts';
import { serve } from './serve.ts';

/** A training by tfjs as published; travels as JSON. */
export interface StockTraining {
  readonly net: NetName;
  readonly images: number;
  readonly backend: 'cpu' | 'wasm' | 'tfjs-node';
  /** The package of tfjs-node, for the backend of that name. */
  readonly tfjsNode: string;
}

/** tfjs does not export the names of its levels. */
const QUIET = 0 as unknown as NonNullable<tfjs.ModelFitArgs['verbose']>;

const load = createRequire(__filename);
const setting = JSON.parse(process.argv[2] ?? '') as StockTraining;

void serve(async () => {
  const tf = await startTfjs();
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
    versions: { tfjs: tf.version_core, node: process.versions.node },
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

async function startTfjs(): Promise<typeof tfjs> {
  switch (setting.backend) {
    case 'cpu':
      await tfjs.setBackend('cpu');
      return tfjs;
    case 'wasm':
      setWasmPaths(join(dirname(load.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
      await tfjs.setBackend('wasm');
      registerComposedKernels();
      return tfjs;
    case 'tfjs-node':
      return loadTfjsNode(setting.tfjsNode);
  }
}

function loadTfjsNode(folder: string): typeof tfjs {
  try {
    return load(folder) as typeof tfjs;
  } catch (error) {
    const [reason] = String(error).split('\n');
    throw new UserError(`tfjs-node cannot be loaded: ${reason ?? ''}`);
  }
}
