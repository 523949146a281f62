import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as api from '../../../src/api.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { prepareExperiment, type PreparedExperiment } from '../../../src/training/prepare.ts';
import { planTraining } from '../../../src/training/trainingPlan.ts';
import { SeededMath } from '../../../src/training/seededMath.ts';
import { startBothBackends, wasmDirectory } from '../engine/gradients.ts';

await startBothBackends();

const IMAGES = 20;
const LAYERS = `[
  tf.layers.flatten({ inputShape }),
  tf.layers.dense({ units: 3 }),
  tf.layers.batchNormalization({ name: 'bn' }),
  tf.layers.dense({ units: classes }),
]`;

interface Parts {
  readonly model?: string;
  readonly train?: string;
  readonly split?: string;
  readonly kind?: 'real' | 'synthetic';
  readonly strategy?: string;
  /** Declarations besides that of `real`. */
  readonly others?: string;
}

/** Writes an experiment on 20 images of 2 x 2 pixels and two classes, and prepares it. */
async function prepare({
  model = `tf.sequential({ layers: ${LAYERS} })`,
  train = '',
  split = '{ train: 0.5, validation: 0.5 }',
  kind = 'real',
  strategy = 'shared',
  others = '',
}: Parts): Promise<PreparedExperiment> {
  const root = mkdtempSync(join(tmpdir(), 'bn-lens-prepare-'));
  const header = (...words: number[]) => {
    const bytes = Buffer.alloc(4 * words.length);
    words.forEach((word, i) => bytes.writeUInt32BE(word, 4 * i));
    return bytes;
  };
  const pixels = Uint8Array.from({ length: 4 * IMAGES }, (_, i) => (37 * i) % 256);
  writeFileSync(join(root, 'images.idx'), Buffer.concat([header(0x803, IMAGES, 2, 2), pixels]));
  const labels = Uint8Array.from({ length: IMAGES }, (_, i) => i % 2);
  writeFileSync(join(root, 'labels.idx'), Buffer.concat([header(0x801, IMAGES), labels]));
  writeFileSync(
    join(root, 'zeros.idx'),
    Buffer.concat([header(0x801, IMAGES), Buffer.alloc(IMAGES)]),
  );
  const file = join(root, 'small.bn.ts');
  writeFileSync(
    file,
    `import * as tf from '@tensorflow/tfjs';
import { adam, defineExperiment, idx } from 'bn-lens';
const data = idx('images.idx', 'labels.idx');
class Broken extends tf.layers.Layer {
  static className = 'Broken';
  computeOutputShape(shape) { return shape; }
  call() { throw new Error('no way'); }
}
export default defineExperiment({
  domains: { real: { kind: '${kind}', data, split: ${split} }, ${others} },
  model: ({ inputShape, classes }) => ${model},
  train: { epochs: 1, batchSize: 4, optimizer: adam(), ${train} },
});
`,
  );
  const random = new SeededMath(1);
  try {
    return await prepareExperiment(file, strategy, random, {
      api,
      assets: wasmDirectory,
      imageThread: '',
    });
  } finally {
    random.restore();
  }
}

async function fault(parts: Parts): Promise<UserError> {
  try {
    await prepare(parts);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was prepared');
}

describe('an experiment', () => {
  it('is prepared with its data, its model and its sites', async () => {
    const { sites, data, model } = await prepare({});
    expect(sites.map(({ name }) => name)).toEqual(['bn']);
    expect(data.classes).toEqual(['0', '1']);
    expect(model.outputs[0]?.shape).toEqual([null, 2]);
  });

  it('whose domains have different classes is prepared with a notice', async () => {
    const others = `zeros: { kind: 'synthetic', data: idx('images.idx', 'zeros.idx') }`;
    const { notices } = await prepare({ others });
    expect(notices).toEqual([
      'Domain zeros has no images of "1", which other domains have: are the classes named alike?',
    ]);
  });

  it.each(['undefined', 'null', '({})', 'Promise.resolve(undefined)', `'a model'`])(
    'whose model function returns %s is refused',
    async (model) => {
      const { message, details } = await fault({ model });
      expect(message).toBe('model: the function does not return a tf.LayersModel');
      expect(details.field).toEqual(['model']);
    },
  );

  it('whose model is a promise that rejects is refused with what it says', async () => {
    const error = await fault({ model: `(async () => { throw new Error('no such file'); })()` });
    expect(error.message).toBe('small.bn.ts throws Error: no such file');
    expect(error.details.location?.line).toBe(11);
  });

  it('whose own layer throws is refused with its place', async () => {
    const layers = LAYERS.replace(']', ', new Broken({})]').replace(',\n, ', ', ');
    const error = await fault({ model: `tf.sequential({ layers: ${layers} })` });
    expect(error.message).toBe('small.bn.ts throws Error: no way');
    expect(error.details.location?.line).toBe(7);
  });

  it('whose model has nothing to train is refused', async () => {
    const model = `(() => {
      const frozen = tf.sequential({ layers: ${LAYERS} });
      frozen.trainable = false;
      return frozen;
    })()`;
    expect((await fault({ model })).message).toMatch(/none of its weights is trainable/);
  });

  it.each([
    ["conv2d({ kernelSize: 3, filters: 2, padding: 'same', dilationRate: 2 })", '2 x 2'],
    ["depthwiseConv2d({ kernelSize: 3, padding: 'same', dilationRate: [1, 2] })", '1 x 2'],
    ["separableConv2d({ kernelSize: 3, filters: 2, padding: 'same', dilationRate: 2 })", '2 x 2'],
  ])('with a dilated convolution, which cannot be trained, is refused: %s', async (layer, rate) => {
    const dilated = layer.replace('{', "{ name: 'wide', inputShape,");
    const inner = `tf.sequential({ layers: [tf.layers.${dilated}] })`;
    const layers = LAYERS.replace('[', `[${inner}, `).replace('{ inputShape }', '');
    const { message, details } = await fault({ model: `tf.sequential({ layers: ${layers} })` });
    expect(message).toBe(
      `model: layer "wide" has dilationRate ${rate}, and TensorFlow.js cannot train dilated convolutions`,
    );
    expect(details.field).toEqual(['model']);
  });

  it('with convolutions that are not dilated is prepared', async () => {
    const convolutions = `
      tf.layers.conv2d({ inputShape, kernelSize: 3, filters: 2, padding: 'same', dilationRate: 1 }),
      tf.layers.conv2dTranspose({ kernelSize: 3, filters: 2, padding: 'same' }),`;
    const layers = LAYERS.replace('[', `[${convolutions}`).replace('{ inputShape }', '');
    const { sites } = await prepare({ model: `tf.sequential({ layers: ${layers} })` });
    expect(sites).toHaveLength(1);
  });

  it('with early stopping that no image could trigger is refused', async () => {
    const train = 'earlyStopping: { patience: 1 }';
    const prepared = await prepare({ train, split: '{ train: 1 }' });
    expect(() => planTraining(prepared, { epochs: 1, batchSize: 4, seed: 1 })).toThrow(
      'train.earlyStopping: no domain with labels has a validation part',
    );
  });

  it('with domains to align that no phase trains together is refused', async () => {
    const strategy = 'shared+mmd+finetune-frozen';
    const prepared = await prepare({ strategy, others: "made: { kind: 'synthetic', data }" });
    expect(() => planTraining(prepared, { epochs: 1, batchSize: 4, seed: 1 })).toThrow(
      `strategy "${strategy}" aligns domains, but no phase trains on more than one of them`,
    );
  });

  it.each(['adabn', 'alpha-bn', 'tent'])(
    'without a real domain is refused with %s',
    async (strategy) => {
      const { message, details } = await fault({ kind: 'synthetic', strategy });
      expect(message).toBe(`${strategy} adapts to real images, but no domain is real`);
      expect(details.field).toEqual(['domains']);
    },
  );

  it('whose layers have no statistics is refused with adabn', async () => {
    const { message } = await fault({ strategy: 'group+adabn' });
    expect(message).toBe(
      'adabn replaces statistics, but every layer normalizes each image with its own',
    );
  });
});
