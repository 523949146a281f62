import * as tf from '@tensorflow/tfjs';
import { adamW, defineExperiment, idx, rescale } from 'bn-lens';

export default defineExperiment({
  domains: {
    synthetic: {
      kind: 'synthetic',
      data: idx('synthetic-images.idx.gz', 'synthetic-labels.idx.gz'),
    },
    real: {
      kind: 'real',
      data: idx('real-images.idx.gz', 'real-labels.idx.gz'),
      split: { train: 100, validation: 300, test: 1100 },
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
    batchSize: 64,
    optimizer: adamW({ learningRate: 2e-3, weightDecay: 1e-2 }),
    earlyStopping: { patience: 3 },
  },
});
