import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { writePlainModel } from '../../../src/analysis/exportTfjs.ts';
import { whatIf } from '../../../src/analysis/whatIf.ts';
import { predictPart } from '../../../src/analysis/predict.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { startBothBackends } from '../engine/gradients.ts';
import { temporaryFolder } from '../runs/folders.ts';
import { openedRun } from './opened.ts';

await startBothBackends();

const STOCK = join(import.meta.dirname, '../../fixtures/analysis/predictPlainly.cjs');

const MODELS = {
  'a sequential model': `return tf.sequential({ layers: [
    tf.layers.conv2d({ inputShape, filters: 4, kernelSize: 3, useBias: false }),
    bn('bn1'), tf.layers.reLU(), tf.layers.flatten(),
    tf.layers.dense({ units: 5, kernelConstraint: tf.constraints.unitNorm({}) }),
    bn('bn2', { scale: false }), tf.layers.dense({ units: classes }),
  ] });`,
  'a residual model': `const input = tf.input({ shape: inputShape });
    const conv = (name) => tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name });
    const start = bn('bn1').apply(conv('conv1').apply(input));
    const body = bn('bn2', { center: false }).apply(conv('conv2').apply(tf.layers.reLU().apply(start)));
    const sum = tf.layers.reLU().apply(tf.layers.add().apply([start, body]));
    const pooled = tf.layers.globalAveragePooling2d({}).apply(sum);
    return tf.model({ inputs: input, outputs: tf.layers.dense({ units: classes }).apply(pooled) });`,
  'a nested model': `const part = (name) => tf.sequential({ name, layers: [
      tf.layers.conv2d({ inputShape: name === 'a' ? inputShape : [4, 4, 3], filters: 3, kernelSize: 3, name: name + '/conv' }),
      bn(name + '/bn'), tf.layers.leakyReLU(),
    ] });
    return tf.sequential({ layers: [part('a'), part('b'), tf.layers.flatten(), tf.layers.dense({ units: classes })] });`,
  'separable convolutions': `return tf.sequential({ layers: [
    tf.layers.separableConv2d({ inputShape, filters: 4, kernelSize: 3, name: 'separable' }),
    bn('bn1'), tf.layers.depthwiseConv2d({ kernelSize: 2, name: 'depthwise' }), bn('bn2'),
    tf.layers.flatten(), tf.layers.dense({ units: classes }),
  ] });`,
  'layers that are applied twice': `const input = tf.input({ shape: inputShape });
    const conv = tf.layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same', name: 'conv' });
    const norm = bn('bn');
    let x = input;
    for (let k = 0; k < 2; k++) x = norm.apply(conv.apply(x));
    const flat = tf.layers.flatten().apply(x);
    return tf.model({ inputs: input, outputs: tf.layers.dense({ units: classes }).apply(flat) });`,
  'layers inside of others': `return tf.sequential({ layers: [
    tf.layers.reshape({ inputShape, targetShape: [6, 6] }),
    tf.layers.timeDistributed({ layer: bn('bn1'), name: 'time' }),
    tf.layers.bidirectional({ layer: tf.layers.gru({ units: 3 }), mergeMode: 'concat', name: 'both' }),
    bn('bn2'), tf.layers.dense({ units: classes }),
  ] });`,
  'a dense layer with a softmax': `return tf.sequential({ layers: [
    tf.layers.flatten({ inputShape }), bn('bn'), tf.layers.dense({ units: classes, activation: 'softmax' }),
  ] });`,
  'a softmax layer': `return tf.sequential({ layers: [
    tf.layers.flatten({ inputShape }), bn('bn'), tf.layers.dense({ units: classes }), tf.layers.softmax(),
  ] });`,
};

/** What our own model gives for the test images of a domain, and stock TensorFlow.js for them. */
async function bothOutputs(model: string, strategy: string, domainName: string) {
  const folder = temporaryFolder();
  const opened = await openedRun(folder, { model, strategy });
  const domain = opened.data.domains.findIndex(({ name }) => name === domainName);
  const part = opened.data.domains[1]!.parts.test;
  const scores = await predictPart(opened, domain, part, 4);
  const ours = tf.tensor2d(scores, [part.length, 2]);
  const out = join(folder, 'plain');
  const report = await writePlainModel(opened, domainName, out);
  const values = [...(await part.read(Int32Array.from({ length: part.length }, (_, i) => i)))];
  writeFileSync(
    join(out, 'inputs.json'),
    JSON.stringify({ values, shape: [part.length, ...opened.data.inputShape] }),
  );
  const { stdout } = await promisify(execFile)(process.execPath, [STOCK, out]);
  const stock = JSON.parse(stdout) as { outputs: number[]; metadata: unknown };
  const expected = model.includes('softmax') ? tf.softmax(ours) : ours;
  return { report, ...stock, expected: [...expected.dataSync()] };
}

describe.each(Object.entries(MODELS))('%s', (_, model) => {
  it.each(['shared', 'separate', 'spectral', 'conditional', 'transnorm', 'batch-renorm'])(
    'trained %s gives the same outputs with stock TensorFlow.js',
    async (strategy) => {
      const { outputs, expected } = await bothOutputs(model, strategy, 'real');
      const largest = Math.max(...expected.map(Math.abs));
      expect(largest).toBeGreaterThan(0.1);
      const errors = expected.map((value, i) => Math.abs((outputs[i] ?? NaN) - value) / largest);
      expect(Math.max(...errors)).toBeLessThan(1e-5);
    },
  );
});

it('says which run, domain and classes a written model is of', async () => {
  const { report, metadata } = await bothOutputs(
    MODELS['a softmax layer'],
    'separate',
    'synthetic',
  );
  expect(report).toMatchObject({ domain: 'synthetic', step: 7, images: 2 });
  expect(metadata).toEqual({
    bnLens: {
      run: 'small-run',
      strategy: 'separate',
      step: 7,
      domain: 'synthetic',
      classes: ['0', '1'],
    },
  });
});

describe('an export is refused, and nothing written,', () => {
  const dense = `tf.layers.flatten({ inputShape }), bn('bn')`;
  it.each([
    [
      'of a layer that only the experiment has',
      `return tf.sequential({ layers: [${dense}, new Doubling({ name: 'x2' }), tf.layers.dense({ units: classes })] });`,
      'layer "x2" is of the class Doubling, which plain TensorFlow.js does not have',
    ],
    [
      'of layers with one name',
      `const part = (inputShape) => tf.sequential({ layers: [tf.layers.dense({ inputShape, units: 4, name: 'fc' }), bn('bn' + inputShape)] });
       return tf.sequential({ layers: [tf.layers.flatten({ inputShape }), part([36]), part([4]), tf.layers.dense({ units: classes })] });`,
      'plain TensorFlow.js cannot run the model: Duplicate weight name: fc/kernel',
    ],
    [
      'of BatchNorm over an axis along which stock TensorFlow.js repeats the wrong values',
      `return tf.sequential({ layers: [tf.layers.reshape({ inputShape, targetShape: [6, 6] }), bn('bn', { axis: 1 }), tf.layers.flatten(), tf.layers.dense({ units: classes })] });`,
      /^ordinary layers give other outputs than the trained model, by \d\.\de[-+]\d of the largest$/,
    ],
    [
      'of BatchNorm of a rank that stock TensorFlow.js has none for',
      `return tf.sequential({ layers: [tf.layers.reshape({ inputShape, targetShape: [3, 2, 3, 2] }), bn('bn'), tf.layers.flatten(), tf.layers.dense({ units: classes })] });`,
      'plain TensorFlow.js cannot run the model: batchNormalization is not implemented for array of rank 5 yet',
    ],
    [
      'of a layer that computes other than it says',
      `const last = tf.layers.dense({ units: classes });
       const call = last.call.bind(last);
       last.call = (...args) => tf.mul(call(...args), 2);
       return tf.sequential({ layers: [${dense}, last] });`,
      /^ordinary layers give other outputs than the trained model, by 5\.0e-1 of the largest$/,
    ],
  ])('%s', async (_, model, message) => {
    const folder = temporaryFolder();
    const opened = await openedRun(folder, { model, strategy: 'shared' });
    const out = join(folder, 'plain');
    const refusal = await writePlainModel(opened, 'real', out).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UserError);
    expect((refusal as UserError).message).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  it('of layers that normalize each image by itself', async () => {
    const folder = temporaryFolder();
    const model = `return tf.sequential({ layers: [${dense}, tf.layers.dense({ units: classes })] });`;
    const opened = await openedRun(folder, { model, strategy: 'group' });
    await expect(writePlainModel(opened, 'real', folder)).rejects.toThrow(
      'layer "bn" normalizes each image by itself, which no layer of plain TensorFlow.js does',
    );
    await expect(whatIf(opened)).rejects.toThrow(
      'no layer of run small-run has statistics that could be replaced',
    );
  });

  it('for a domain that the run does not have', async () => {
    const folder = temporaryFolder();
    const opened = await openedRun(folder, {
      model: MODELS['a softmax layer'],
      strategy: 'shared',
    });
    await expect(writePlainModel(opened, 'unreal', folder)).rejects.toThrow(
      'run small-run has no domain "unreal"',
    );
  });
});
