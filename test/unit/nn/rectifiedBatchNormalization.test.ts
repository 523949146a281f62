import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { BatchContext } from '../../../src/nn/batchContext.ts';
import { rectifyBatchNormalization } from '../../../src/nn/rectifiedBatchNormalization.ts';
import { userNamespace } from '../../../src/nn/userNamespace.ts';
import { variablesOf } from '../../../src/nn/variables.ts';
import { useBothBackends } from '../engine/backends.ts';
import { relativeError, sample } from '../engine/gradients.ts';

useBothBackends();

const context = new BatchContext();
const { layers, sequential, model, input } = userNamespace(tf, context, () => undefined);

const rectifiers = {
  reLU: () => layers.reLU(),
  'activation relu': () => layers.activation({ activation: 'relu' }),
};

/** A small net whose BatchNorm is followed by the given layer, its output and gradients. */
function resultsOf(rectifier: () => tf.layers.Layer, rectified: boolean): Float32Array[] {
  const seeded = (seed: number) => tf.initializers.randomNormal({ seed });
  const net = sequential({
    layers: [
      layers.conv2d({
        inputShape: [6, 5, 2],
        filters: 3,
        kernelSize: 3,
        kernelInitializer: seeded(1),
      }),
      layers.batchNormalization({ betaInitializer: seeded(2) }),
      rectifier(),
      layers.flatten(),
      layers.dense({ units: 2, kernelInitializer: seeded(3) }),
    ],
  });
  if (rectified) rectifyBatchNormalization(net);
  context.begin({ segments: [{ domain: 0, images: 4 }], training: true });
  const { value, grads } = tf.variableGrads(
    () => tf.sum(tf.square(net.apply(sample([4, 6, 5, 2]), { training: true }) as tf.Tensor)),
    variablesOf(net.trainableWeights),
  );
  context.end();
  const results = [value, ...Object.values(grads)].map((x) => x.dataSync<'float32'>());
  net.dispose();
  return results;
}

test.for(Object.entries(rectifiers))(
  'BatchNorm that does the work of %s gives the same and the same gradients',
  ([, rectifier]) => {
    const error = relativeError(resultsOf(rectifier, true), resultsOf(rectifier, false));
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
  rectifyBatchNormalization(net);
  expect([twice, shown, capped]).toMatchObject([
    { isRectified: false },
    { isRectified: false },
    { isRectified: false },
  ]);
});
