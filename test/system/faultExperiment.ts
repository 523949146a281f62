/** Layers of three small nets with nothing wrong with them. */
export const HEALTHY_NETS = {
  conv: `
    tf.layers.conv2d({ inputShape, filters: 8, kernelSize: 3, strides: 2, useBias: false }),
    tf.layers.batchNormalization({ name: 'bn1', momentum: 0.9 }),
    tf.layers.reLU(),
    tf.layers.conv2d({ filters: 16, kernelSize: 3, strides: 2, useBias: false }),
    tf.layers.batchNormalization({ name: 'bn2', momentum: 0.9 }),
    tf.layers.reLU(),
    tf.layers.flatten(),
    tf.layers.dense({ units: classes }),`,
  dense: `
    tf.layers.flatten({ inputShape }),
    tf.layers.dense({ units: 64, useBias: false }),
    tf.layers.batchNormalization({ name: 'bn1', momentum: 0.9 }),
    tf.layers.reLU(),
    tf.layers.dense({ units: 32, useBias: false }),
    tf.layers.batchNormalization({ name: 'bn2', momentum: 0.9 }),
    tf.layers.reLU(),
    tf.layers.dense({ units: classes }),`,
  separable: `
    tf.layers.conv2d({ inputShape, filters: 8, kernelSize: 3, strides: 2, useBias: false }),
    tf.layers.batchNormalization({ name: 'bn1', momentum: 0.9 }),
    tf.layers.reLU(),
    tf.layers.separableConv2d({ filters: 16, kernelSize: 3, strides: 2, useBias: false }),
    tf.layers.batchNormalization({ name: 'bn2', momentum: 0.9 }),
    tf.layers.reLU(),
    tf.layers.globalAveragePooling2d({}),
    tf.layers.dense({ units: classes }),`,
} as const;

/** What an experiment is made of; what is not said is healthy. */
export interface ExperimentParts {
  readonly layers?: string;
  /** In place of layers, the model. */
  readonly model?: string;
  readonly optimizer?: string;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly preprocess?: string;
  /** What the real domain has besides its kind. */
  readonly real?: string;
  /** Settings of the strategies. */
  readonly strategies?: string;
}

/** Writes an experiment on the digits `a`, called synthetic, and `b`, called real. */
export function faultExperiment({
  layers = HEALTHY_NETS.conv,
  model = `tf.sequential({ layers: [${layers}\n  ] })`,
  optimizer = 'adamW({ learningRate: 1e-3 })',
  epochs = 2,
  batchSize = 32,
  preprocess = 'rescale()',
  real = "data: idx('b-images.idx', 'b-labels.idx')",
  strategies = '{}',
}: ExperimentParts): string {
  return `import * as tf from '@tensorflow/tfjs';
import { adamW, defineExperiment, idx, rescale, sgd } from 'bn-lens';

export default defineExperiment({
  domains: {
    synthetic: { kind: 'synthetic', data: idx('a-images.idx', 'a-labels.idx') },
    real: { kind: 'real', ${real} },
  },
  preprocess: [${preprocess}],
  model: ({ inputShape, classes }) => ${model},
  train: { epochs: ${epochs}, batchSize: ${batchSize}, optimizer: ${optimizer} },
  strategies: ${strategies},
});
`;
}
