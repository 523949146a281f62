import type * as tfjs from '@tensorflow/tfjs';

/** The nets that are measured; `torchProcess.py` has the same ones, weight for weight. */
export const NET_NAMES = ['cnn', 'mlp', 'separable', 'resnet'] as const;
export type NetName = (typeof NET_NAMES)[number];

/** Classes that every net tells apart. */
export const CLASSES = 10;
/** Learning rate of every contender's Adam. */
export const LEARNING_RATE = 1e-3;

/** What one of the nets takes: [height, width, channels]. */
export function inputShapeOfNet(net: NetName): [number, number, number] {
  return net === 'resnet' ? [32, 32, 3] : [28, 28, 1];
}

/**
 * Builds a net that gives class scores [n, 10], with freshly drawn weights, from the tfjs that is
 * given: as published, or the one that experiments import.
 *
 * `cnn` 3×3×16 and 3×3×32, each with BatchNorm, ReLU and max pooling, then dense; `mlp` 784-256-128
 * with BatchNorm and ReLU; `separable` as `cnn`, the second convolution depthwise 3×3 and 1×1;
 * `resnet` ResNet-8 as in MLPerf Tiny: three residual blocks of 16, 32 and 64 channels.
 */
export function buildNet(tf: typeof tfjs, net: NetName): tfjs.LayersModel {
  const input = tf.input({ shape: inputShapeOfNet(net) });
  const features = { cnn, mlp, separable, resnet }[net](tf, input);
  const scores = tf.layers.dense({ units: CLASSES }).apply(features);
  return tf.model({ inputs: input, outputs: scores as tfjs.SymbolicTensor });
}

type Features = tfjs.SymbolicTensor;

function through(x: Features, ...layers: readonly tfjs.layers.Layer[]): Features {
  return layers.reduce((value, layer) => layer.apply(value) as Features, x);
}

function convolution(tf: typeof tfjs, filters: number, kernelSize: number, strides = 1) {
  return tf.layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false });
}

function cnn(tf: typeof tfjs, input: Features): Features {
  return through(
    input,
    convolution(tf, 16, 3),
    ...normalizedAndPooled(tf),
    convolution(tf, 32, 3),
    ...normalizedAndPooled(tf),
    tf.layers.flatten(),
  );
}

function separable(tf: typeof tfjs, input: Features): Features {
  return through(
    input,
    convolution(tf, 16, 3),
    ...normalizedAndPooled(tf),
    tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false }),
    convolution(tf, 32, 1),
    ...normalizedAndPooled(tf),
    tf.layers.flatten(),
  );
}

function normalizedAndPooled(tf: typeof tfjs): tfjs.layers.Layer[] {
  return [
    tf.layers.batchNormalization(),
    tf.layers.reLU(),
    tf.layers.maxPooling2d({ poolSize: 2 }),
  ];
}

function mlp(tf: typeof tfjs, input: Features): Features {
  const layers = [256, 128].flatMap((units) => [
    tf.layers.dense({ units, useBias: false }),
    tf.layers.batchNormalization(),
    tf.layers.reLU(),
  ]);
  return through(input, tf.layers.flatten(), ...layers);
}

function resnet(tf: typeof tfjs, input: Features): Features {
  let x = through(input, convolution(tf, 16, 3), tf.layers.batchNormalization(), tf.layers.reLU());
  for (const [filters, stride] of [
    [16, 1],
    [32, 2],
    [64, 2],
  ] as const) {
    const residual = through(
      x,
      convolution(tf, filters, 3, stride),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      convolution(tf, filters, 3),
      tf.layers.batchNormalization(),
    );
    const shortcut = stride === 1 ? x : through(x, convolution(tf, filters, 1, stride));
    x = through(tf.layers.add().apply([shortcut, residual]) as Features, tf.layers.reLU());
  }
  return through(x, tf.layers.globalAveragePooling2d({}));
}
