/** The pairs of domains of `npm run study`; docs/study.md says what they are. */
import * as tf from '@tensorflow/tfjs';
import { adamW, defineExperiment, idx, rescale } from 'bn-lens';

/** How many of the 400 real training images bring their labels. */
type Labels = 'all' | 'none' | number;

const EXAMPLE = '../../../examples/digits';

/** Digits of typefaces, and handwritten ones: images of examples/digits. */
export const typeset = (labels: Labels) =>
  experiment(
    idx(`${EXAMPLE}/synthetic-images.idx.gz`, `${EXAMPLE}/synthetic-labels.idx.gz`),
    idx(`${EXAMPLE}/real-images.idx.gz`, `${EXAMPLE}/real-labels.idx.gz`),
    labels,
  );

const MADE = '../../../dist/study/texture';

/** Handwritten digits, and others inverted on coloured textures: made by textureData.ts. */
export const texture = (labels: Labels) =>
  experiment(
    idx(`${MADE}/clean-images.idx`, `${MADE}/clean-labels.idx`),
    idx(`${MADE}/textured-images.idx`, `${MADE}/textured-labels.idx`),
    labels,
  );

type Data = ReturnType<typeof idx>;

function experiment(synthetic: Data, real: Data, labels: Labels) {
  return defineExperiment({
    domains: {
      synthetic: { kind: 'synthetic', data: synthetic, split: { train: 1800, validation: 200 } },
      real: {
        kind: 'real',
        data: real,
        split: { train: 400, validation: 200, test: 900 },
        labels,
      },
    },
    preprocess: [rescale(1 / 255)],
    model: ({ inputShape, classes }) =>
      tf.sequential({
        layers: [
          tf.layers.conv2d({
            inputShape,
            filters: 8,
            kernelSize: 3,
            padding: 'same',
            useBias: false,
          }),
          tf.layers.batchNormalization({ name: 'bn1', momentum: 0.9 }),
          tf.layers.reLU(),
          tf.layers.maxPooling2d({ poolSize: 2 }),
          tf.layers.conv2d({ filters: 16, kernelSize: 3, padding: 'same', useBias: false }),
          tf.layers.batchNormalization({ name: 'bn2', momentum: 0.9 }),
          tf.layers.reLU(),
          tf.layers.maxPooling2d({ poolSize: 2 }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 64, useBias: false }),
          tf.layers.batchNormalization({ name: 'bn3', momentum: 0.9 }),
          tf.layers.reLU(),
          tf.layers.dense({ units: classes }),
        ],
      }),
    train: {
      epochs: 6,
      batchSize: 32,
      optimizer: adamW({ learningRate: 2e-3, weightDecay: 1e-2 }),
    },
  });
}
