import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { OpenedRun } from '../../../src/analysis/openRun.ts';
import * as api from '../../../src/api.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { prepareExperiment } from '../../../src/training/prepare.ts';
import { SeededMath } from '../../../src/training/seededMath.ts';
import { wasmDirectory } from '../engine/gradients.ts';

const IMAGES = 24;
const SIDE = 6;

/** An IDX header of big-endian words. */
function header(...words: number[]): Buffer {
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((word, i) => bytes.writeUInt32BE(word, 4 * i));
  return bytes;
}

/** Writes noise of 6 x 6 pixels, up to `light` bright in class 1 and half as bright in class 0. */
function writeImages(folder: string, name: string, light: number): void {
  const random = randomStream(1, name);
  const pixels = Uint8Array.from({ length: SIDE * SIDE * IMAGES }, (_, pixel) => {
    const label = Math.floor(pixel / (SIDE * SIDE)) % 2;
    return 255 * light * random() * (label === 1 ? 1 : 0.5);
  });
  const shape = header(0x803, IMAGES, SIDE, SIDE);
  writeFileSync(join(folder, `${name}.idx`), Buffer.concat([shape, pixels]));
  const labels = Uint8Array.from({ length: IMAGES }, (_, i) => i % 2);
  writeFileSync(join(folder, `${name}-labels.idx`), Buffer.concat([header(0x801, IMAGES), labels]));
}

interface Parts {
  readonly model: string;
  readonly strategy?: string;
  /** Of the real domain. */
  readonly split?: string;
  /** How many of the real training images bring their labels to the loss. */
  readonly labels?: 'all' | 'none';
}

/**
 * Opens a run whose weights were drawn, positive where they are variances: of a model over a
 * synthetic and a darker real domain. `model` is the body of its builder.
 */
export async function openedRun(
  folder: string,
  {
    model,
    strategy = 'shared',
    split = '{ train: 0.5, validation: 0.25, test: 0.25 }',
    labels = 'all',
  }: Parts,
): Promise<OpenedRun> {
  writeImages(folder, 'synthetic', 1);
  writeImages(folder, 'real', 0.5);
  const file = join(folder, 'small.bn.ts');
  writeFileSync(
    file,
    `import * as tf from '@tensorflow/tfjs';
import { adam, defineExperiment, idx } from 'bn-lens';
class Doubling extends tf.layers.Layer {
  static className = 'Doubling';
  computeOutputShape(shape) { return shape; }
  call(inputs) { return tf.mul([inputs].flat()[0], 2); }
}
const [split, labels] = [${split}, '${labels}'];
export default defineExperiment({
  domains: {
    synthetic: { kind: 'synthetic', data: idx('synthetic.idx', 'synthetic-labels.idx') },
    real: { kind: 'real', data: idx('real.idx', 'real-labels.idx'), split, labels },
  },
  model: ({ inputShape, classes }) => {
    const bn = (name, more = {}) => tf.layers.batchNormalization({ name, ...more });
    ${model}
  },
  train: { epochs: 1, batchSize: 5, optimizer: adam() },
});
`,
  );
  const random = new SeededMath(1);
  try {
    const prepared = await prepareExperiment(file, strategy, random, {
      api,
      assets: wasmDirectory,
      imageThread: '',
    });
    drawWeights(prepared.model);
    return { ...prepared, name: 'small-run', step: 7, directory: folder, adapted: new Map() };
  } finally {
    random.restore();
  }
}

/** As after training, no weight is what it began with. */
function drawWeights(model: tf.LayersModel): void {
  for (const weight of model.weights) {
    const random = randomStream(1, weight.name);
    const least = /variance|gamma/.test(weight.name) ? 0.5 : -0.5;
    tf.tidy(() => {
      const { shape, size } = weight.read();
      weight.write(
        tf.tensor(
          Float32Array.from({ length: size }, () => least + random()),
          shape,
        ),
      );
    });
  }
}
