import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { BatchContext } from '../../../src/nn/batchContext.ts';
import { fuseBatchNormalization } from '../../../src/nn/fusedBatchNormalization.ts';
import { userNamespace } from '../../../src/nn/userNamespace.ts';
import { variablesOf } from '../../../src/nn/variables.ts';
import { useBothBackends } from '../engine/backends.ts';
import { relativeError, sample } from '../engine/gradients.ts';

useBothBackends();

const context = new BatchContext();
const { layers, sequential, model, input } = userNamespace(tf, context, () => undefined);

const reLU = () => layers.reLU();
const pool = () => layers.maxPooling2d({ poolSize: 2 });
const readers = {
  reLU: [reLU],
  'activation relu': [() => layers.activation({ activation: 'relu' })],
  'max pooling': [pool],
  'reLU and max pooling': [reLU, pool],
};

/** A small net whose BatchNorm is followed by the given layers, its output and gradients. */
function resultsOf(readers: readonly (() => tf.layers.Layer)[], fused: boolean): Float32Array[] {
  const seeded = (seed: number) => tf.initializers.randomNormal({ seed });
  const net = sequential({
    layers: [
      layers.conv2d({
        inputShape: [6, 8, 2],
        filters: 3,
        kernelSize: 3,
        kernelInitializer: seeded(1),
      }),
      layers.batchNormalization({ betaInitializer: seeded(2) }),
      ...readers.map((make) => make()),
      layers.flatten(),
      layers.dense({ units: 2, kernelInitializer: seeded(3) }),
    ],
  });
  if (fused) fuseBatchNormalization(net);
  context.begin({ segments: [{ domain: 0, images: 4 }], training: true });
  const { value, grads } = tf.variableGrads(
    () => tf.sum(tf.square(net.apply(sample([4, 6, 8, 2]), { training: true }) as tf.Tensor)),
    variablesOf(net.trainableWeights),
  );
  context.end();
  const results = [value, ...Object.values(grads)].map((x) => x.dataSync<'float32'>());
  net.dispose();
  return results;
}

test.for(Object.entries(readers))(
  'BatchNorm that does the work of %s gives the same and the same gradients',
  ([, readers]) => {
    const error = relativeError(resultsOf(readers, true), resultsOf(readers, false));
    expect(error).toBeLessThan(1e-5);
  },
);

test('the work of ReLU is left to it where others read what it reads', () => {
  const x = input({ shape: [3] });
  const normalize = () => layers.batchNormalization();
  const [twice, shown, capped] = [normalize(), normalize(), normalize()];
  const read = twice.apply(x) as tf.SymbolicTensor;
  const sum = layers.add().apply([read, layers.reLU().apply(read) as tf.SymbolicTensor]);
  const output = shown.apply(sum) as tf.SymbolicTensor;
  const after = layers.reLU().apply(output) as tf.SymbolicTensor;
  const six = layers.reLU({ maxValue: 6 }).apply(capped.apply(after));
  const net = model({ inputs: x, outputs: [output, six as tf.SymbolicTensor] });
  fuseBatchNormalization(net);
  expect([twice, shown, capped]).toMatchObject([
    { isRectified: false },
    { isRectified: false },
    { isRectified: false },
  ]);
});

describe('BatchNorm takes over', () => {
  const squares = { poolSize: 2 } as const;
  const cases: {
    readonly name: string;
    readonly size?: [number, number];
    readonly axis?: number;
    readonly pooling?: Parameters<typeof layers.maxPooling2d>[0];
    readonly seen?: 'shown' | 'watched' | 'read twice';
    readonly pooled: boolean;
  }[] = [
    { name: 'a pooling of squares that leave nothing over', pooled: true },
    { name: 'the same with padding', pooling: { ...squares, padding: 'same' }, pooled: true },
    { name: 'it with an axis counted from the first', axis: 3, pooled: true },
    { name: 'no pooling of an odd height', size: [5, 6], pooled: false },
    { name: 'no pooling of an odd width', size: [6, 5], pooled: false },
    { name: 'no other windows', pooling: { poolSize: [2, 3] }, pooled: false },
    { name: 'no other strides', pooling: { ...squares, strides: 1 }, pooled: false },
    { name: 'no pooling of other axes', axis: 1, pooled: false },
    { name: 'no pooling of what the model shows', seen: 'shown', pooled: false },
    { name: 'no pooling that is watched', seen: 'watched', pooled: false },
    { name: 'no pooling of what another layer reads', seen: 'read twice', pooled: false },
  ];

  test.for(cases)('$name', ({ size = [6, 8], axis = -1, pooling = squares, seen, pooled }) => {
    const x = input({ shape: [...size, 3] });
    const normalization = layers.batchNormalization({ axis });
    const rectified = layers.reLU().apply(normalization.apply(x)) as tf.SymbolicTensor;
    const pool = layers.maxPooling2d(pooling);
    const outputs = [pool.apply(rectified) as tf.SymbolicTensor];
    if (seen === 'shown') outputs.push(rectified);
    if (seen === 'read twice') outputs.push(layers.flatten().apply(rectified) as tf.SymbolicTensor);
    const net = model({ inputs: x, outputs });
    fuseBatchNormalization(net, new Set(seen === 'watched' ? [pool] : []));
    expect(normalization).toMatchObject({ isRectified: true, isPooled: pooled });
  });
});
