import * as tf from '@tensorflow/tfjs';
import { startBackend } from '../../src/engine/startBackend.ts';
import { FeatureTaps } from '../../src/nn/alignment/featureTaps.ts';
import { BatchContext, type DomainSegment } from '../../src/nn/batchContext.ts';
import { createOptimizer } from '../../src/nn/optimizers/optimizer.ts';
import { adam } from '../../src/nn/optimizers/specs.ts';
import { discoverSites } from '../../src/nn/sites.ts';
import { userNamespace } from '../../src/nn/userNamespace.ts';
import type { ImageSums } from '../../src/stats/moments.ts';
import { permutation, randomStream } from '../../src/stats/random.ts';
import { SeededMath } from '../../src/training/seededMath.ts';
import { trainStep } from '../../src/training/trainStep.ts';
import { draw, handwrittenDigits, type Digit } from '../system/handwrittenDigits.ts';

const INPUT_SHAPE = [28, 28, 1];
/** Digits that the net learns from; it is shown the others. */
const LEARNED = 2_000;
const BATCH = 50;
const EPOCHS = 4;
const LEARNING_RATE = 2e-3;

/**
 * Trains a net with ten BatchNorm sites (eight convolutional, two dense) on real digits and returns
 * what each site sees, in inference, of the digits that it has not learnt from. The sums lie in
 * shared memory.
 * @param wasmDirectory where `wasm.mjs` builds to
 */
export async function sumsOfTrainedNet(wasmDirectory: string): Promise<ImageSums[]> {
  await startBackend('wasm', { wasmDirectory, threads: 1 });
  const digits = draw(handwrittenDigits(), 10_000, 1);
  const random = new SeededMath(1);
  random.enter('weights');
  const context = new BatchContext();
  const model = buildNet(userNamespace(tf, context, () => undefined));
  const sites = discoverSites(model, context, INPUT_SHAPE);
  random.restore();
  train(model, context, digits.slice(0, LEARNED));

  const shown = digits.slice(LEARNED);
  const sums: ImageSums[] = [];
  let correct = 0;
  for (let first = 0; first < shown.length; first += BATCH) {
    correct += observe(model, context, shown.slice(first, first + BATCH), (site, batch) => {
      sums[site] ??= emptySums(batch, shown.length);
      copyInto(sums[site], first, batch);
    });
  }
  if (sums.length !== sites.length) throw new Error('not every site was seen');
  if (correct < 0.85 * shown.length) throw new Error(`only ${correct} digits were recognized`);
  return sums;
}

function buildNet(namespace: typeof tf): tf.LayersModel {
  const normalized = (layer: tf.layers.Layer) => [
    layer,
    // The default, 0.99, would not have arrived at the end of so short a training.
    namespace.layers.batchNormalization({ momentum: 0.9 }),
    namespace.layers.reLU(),
  ];
  const convolution = (filters: number) =>
    normalized(
      namespace.layers.conv2d({ filters, kernelSize: 3, padding: 'same', useBias: false }),
    );
  const dense = (units: number) => normalized(namespace.layers.dense({ units, useBias: false }));
  const model = namespace.sequential();
  model.add(namespace.layers.inputLayer({ inputShape: INPUT_SHAPE }));
  for (const layer of [
    ...[8, 8].flatMap(convolution),
    namespace.layers.maxPooling2d({ poolSize: 2 }),
    ...[8, 16, 16].flatMap(convolution),
    namespace.layers.maxPooling2d({ poolSize: 2 }),
    ...[16, 24, 24].flatMap(convolution),
    namespace.layers.globalAveragePooling2d({}),
    ...[24, 16].flatMap(dense),
    namespace.layers.dense({ units: 10 }),
  ]) {
    model.add(layer);
  }
  return model;
}

function train(model: tf.LayersModel, context: BatchContext, digits: readonly Digit[]): void {
  const optimizer = createOptimizer(adam(), model.trainableWeights);
  const taps = new FeatureTaps(model, context);
  const trainee = { model, context, optimizer, labelSmoothing: 0, taps, terms: [] };
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = permutation(digits.length, randomStream(1, 'epoch', epoch));
    for (let first = 0; first < order.length; first += BATCH) {
      const chosen = Array.from(order.subarray(first, first + BATCH), (index) => digits[index]!);
      const labels = Int32Array.from(chosen, ({ label }) => label);
      const batch = { images: inputs(chosen), segments: wholeBatch(chosen), labels: [labels] };
      trainStep(trainee, batch, { learningRate: LEARNING_RATE, progress: 0 });
    }
  }
}

/** Shows digits in inference and returns how many are recognized. */
function observe(
  model: tf.LayersModel,
  context: BatchContext,
  digits: readonly Digit[],
  hear: (site: number, sums: ImageSums) => void,
): number {
  context.begin({
    segments: wholeBatch(digits),
    training: false,
    observer: { forward: hear, gradient: () => undefined },
  });
  const classes = tf.tidy(() => {
    const images = tf.tensor(inputs(digits), [digits.length, ...INPUT_SHAPE]);
    return (model.apply(images, { training: false }) as tf.Tensor).argMax(1).dataSync();
  });
  context.end();
  return digits.filter(({ label }, index) => label === classes[index]).length;
}

function inputs(digits: readonly Digit[]): Float32Array {
  return Float32Array.from(digits.flatMap(({ pixels }) => Array.from(pixels, (ink) => ink / 255)));
}

function wholeBatch({ length: images }: readonly Digit[]): DomainSegment[] {
  return [{ domain: 0, images }];
}

function emptySums({ pixels, channels, shift }: ImageSums, images: number): ImageSums {
  const bytes = 2 * images * channels * Float32Array.BYTES_PER_ELEMENT;
  const sums = new Float32Array(new SharedArrayBuffer(bytes));
  return { images, pixels, channels, shift: shift.slice(), sums };
}

/** Copies a batch's sums to the place of its first image, about the shift there. */
function copyInto({ shift, sums }: ImageSums, first: number, batch: ImageSums): void {
  const { images, channels, pixels } = batch;
  const start = 2 * first * channels;
  for (let i = 0; i < images * channels; i++) {
    // Σ(x − s) and Σ(x − s)² from the sums about another shift t, with d = t − s.
    const d = batch.shift[i % channels]! - shift[i % channels]!;
    const sum = batch.sums[2 * i]!;
    sums[start + 2 * i] = sum + pixels * d;
    sums[start + 2 * i + 1] = batch.sums[2 * i + 1]! + 2 * d * sum + pixels * d * d;
  }
}
