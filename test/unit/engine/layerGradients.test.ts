import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { useBothBackends } from './backends.ts';
import { differences, gradients, relativeError, sample, weightedSum } from './gradients.ts';

useBothBackends();

const { layers } = tf;
const image = [5, 4, 2];
const sequence = [4, 3];

const cases: {
  name: string;
  shape: number[];
  make: () => tf.layers.Layer;
  cpuIsWrong?: boolean;
}[] = [
  { name: 'dense', shape: [5], make: () => layers.dense({ units: 4, activation: 'tanh' }) },
  { name: 'dense of one unit', shape: [5], make: () => layers.dense({ units: 1 }) },
  { name: 'dense of one input', shape: [1], make: () => layers.dense({ units: 4 }) },
  {
    name: 'conv1d',
    shape: sequence,
    make: () => layers.conv1d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
  },
  {
    name: 'conv2d with ReLU',
    shape: image,
    make: () => layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }),
  },
  {
    name: 'conv2dTranspose',
    shape: image,
    make: () => layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
  },
  {
    name: 'separableConv2d',
    shape: image,
    make: () => layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2 }),
  },
  {
    name: 'depthwiseConv2d',
    shape: image,
    make: () => layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same' }),
  },
  {
    name: 'conv3d',
    shape: [4, 4, 4, 2],
    make: () => layers.conv3d({ filters: 3, kernelSize: 2, strides: 2 }),
  },
  { name: 'maxPooling1d', shape: sequence, make: () => layers.maxPooling1d({ poolSize: 2 }) },
  { name: 'globalAveragePooling2d', shape: image, make: () => layers.globalAveragePooling2d({}) },
  { name: 'globalMaxPooling2d', shape: image, make: () => layers.globalMaxPooling2d({}) },
  {
    name: 'upSampling2d',
    shape: image,
    make: () => layers.upSampling2d({ size: [2, 2] }),
    cpuIsWrong: true,
  },
  {
    name: 'bilinear upSampling2d',
    shape: image,
    make: () => layers.upSampling2d({ size: [2, 3], interpolation: 'bilinear' }),
    cpuIsWrong: true,
  },
  { name: 'zeroPadding2d', shape: image, make: () => layers.zeroPadding2d({ padding: [1, 2] }) },
  { name: 'cropping2D', shape: image, make: () => layers.cropping2D({ cropping: [1, 1] }) },
  { name: 'permute', shape: image, make: () => layers.permute({ dims: [3, 1, 2] }) },
  { name: 'flatten', shape: image, make: () => layers.flatten() },
  { name: 'repeatVector', shape: [5], make: () => layers.repeatVector({ n: 3 }) },
  { name: 'reLU', shape: image, make: () => layers.reLU({ maxValue: 6 }) },
  { name: 'leakyReLU', shape: image, make: () => layers.leakyReLU() },
  { name: 'prelu', shape: [6], make: () => layers.prelu() },
  { name: 'elu', shape: image, make: () => layers.elu() },
  { name: 'softmax', shape: sequence, make: () => layers.softmax({ axis: -1 }) },
  ...(
    ['selu', 'sigmoid', 'hardSigmoid', 'softplus', 'softsign', 'swish', 'mish', 'gelu'] as const
  ).map((activation) => ({
    name: activation,
    shape: image,
    make: () => layers.activation({ activation }),
  })),
  { name: 'layerNormalization', shape: image, make: () => layers.layerNormalization() },
  { name: 'simpleRNN', shape: sequence, make: () => layers.simpleRNN({ units: 3 }) },
  { name: 'gru', shape: sequence, make: () => layers.gru({ units: 3 }) },
  { name: 'lstm', shape: sequence, make: () => layers.lstm({ units: 3, returnSequences: true }) },
  {
    name: 'timeDistributed',
    shape: [3, ...image],
    make: () => layers.timeDistributed({ layer: layers.conv2d({ filters: 2, kernelSize: 3 }) }),
  },
];

describe('on the wasm backend the layer', () => {
  test.for(cases)('$name has right gradients', async ({ shape, make, cpuIsWrong }) => {
    const run = (check: (layer: tf.layers.Layer, x: tf.Tensor) => void) => {
      const x = sample([2, ...shape]);
      const layer = make();
      layer.apply(x);
      layer.setWeights(layer.getWeights().map((weight, i) => sample(weight.shape, 0.8, i + 2)));
      check(layer, x);
    };
    const all = (layer: tf.layers.Layer, x: tf.Tensor) => [
      ...gradients((input) => layer.apply(input) as tf.Tensor, [x]),
      ...(layer.trainableWeights.length === 0
        ? []
        : Object.values(tf.variableGrads(() => weightedSum(layer.apply(x) as tf.Tensor)).grads).map(
            (gradient) => gradient.dataSync<'float32'>(),
          )),
    ];
    let actual: Float32Array[] = [];
    run((layer, x) => {
      actual = all(layer, x);
      const numeric = differences((input) => layer.apply(input) as tf.Tensor, [x], 2e-3);
      expect(relativeError(actual.slice(0, 1), numeric)).toBeLessThan(5e-3);
    });
    if (cpuIsWrong) return;
    await tf.setBackend('cpu');
    run((layer, x) => {
      expect(relativeError(actual, all(layer, x))).toBeLessThan(1e-5);
    });
  });

  test('embedding adds up the gradients of repeated words', () => {
    const layer = layers.embedding({ inputDim: 4, outputDim: 2 });
    const words = tf.tensor2d([[1, 3, 1]], [1, 3], 'int32');
    layer.apply(words);
    const { grads } = tf.variableGrads(() =>
      tf.sum(
        tf.mul(
          layer.apply(words) as tf.Tensor,
          tf.tensor3d([
            [
              [1, 2],
              [3, 4],
              [5, 6],
            ],
          ]),
        ),
      ),
    );
    expect(Object.values(grads).map((gradient) => gradient.arraySync())).toEqual([
      [
        [0, 0],
        [6, 8],
        [0, 0],
        [3, 4],
      ],
    ]);
  });

  test('dropout passes gradients through what it kept, scaled up', () => {
    const layer = layers.dropout({ rate: 0.5, seed: 3 });
    const kept: number[] = [];
    const x = tf.ones([100]);
    const gradient = tf.grad((input) => {
      const output = layer.apply(input, { training: true }) as tf.Tensor;
      kept.push(...output.dataSync());
      return tf.sum(output);
    })(x);
    expect([...gradient.dataSync()]).toEqual(kept);
    expect(new Set(kept)).toEqual(new Set([0, 2]));
  });
});
