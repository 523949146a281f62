import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { commonAffine } from '../../../src/nn/affine.ts';
import { BatchContext } from '../../../src/nn/batchContext.ts';
import { DomainBatchNormalization } from '../../../src/nn/domainBatchNormalization.ts';
import { variablesOf } from '../../../src/nn/variables.ts';
import { UserError } from '../../../src/protocol/userError.ts';
import { relativeError, sample, startBothBackends } from '../engine/gradients.ts';
import { apart, builtLayer, Reports, segmentsOf, valuesOf } from './models.ts';

beforeAll(startBothBackends);

/** Channel moments of a tensor [..., channels]. */
function momentsOf(x: tf.Tensor) {
  const axes = x.shape.map((_, k) => k).slice(0, -1);
  const { mean, variance } = tf.moments(x, axes);
  return { mean: mean.dataSync(), variance: variance.dataSync() };
}

describe('inputs', () => {
  test.each([
    { rank: 2, shape: [6, 4] },
    { rank: 3, shape: [6, 5, 4] },
    { rank: 4, shape: [6, 3, 2, 4] },
    { rank: 5, shape: [6, 2, 3, 2, 4] },
  ])('of rank $rank are normalized per channel', ({ shape }) => {
    const { context, layer } = builtLayer({ epsilon: 1e-9 }, shape.slice(1));
    context.begin({ segments: segmentsOf(4, 2), training: true });
    const { mean, variance } = momentsOf(layer.call(sample(shape, 5), {}));
    mean.forEach((value) => {
      expect(value).toBeCloseTo(0, 5);
    });
    variance.forEach((value) => {
      expect(value).toBeCloseTo(1, 4);
    });
  });

  test('with channels on axis 1 give what moving the axis by hand gives', () => {
    const x = sample([4, 3, 5, 2]);
    const first = builtLayer({ axis: 1 }, [3, 5, 2]);
    const last = builtLayer({}, [5, 2, 3]);
    const pass = { segments: segmentsOf(2, 2), training: true };
    first.context.begin(pass);
    last.context.begin(pass);
    const y = first.layer.call(x, {});
    const expected = tf.transpose(last.layer.call(tf.transpose(x, [0, 2, 3, 1]), {}), [0, 3, 1, 2]);
    expect([...y.dataSync()]).toEqual([...expected.dataSync()]);
    expect(first.layer.channels).toBe(3);
  });

  test('with channels on the batch axis are refused', () => {
    expect(() => builtLayer({ axis: 0 }, [3])).toThrow(UserError);
  });

  test('whose images bring several rows each belong to their domains', () => {
    const { context, layer } = builtLayer({ epsilon: 1e-9 }, [2]);
    layer.treatDomains(apart('a', 'b'));
    const x = sample([12, 2], 3);
    context.begin({ segments: segmentsOf(2, 2), training: true });
    const [a] = tf.split(layer.call(x, {}), 2);
    const { mean, variance } = momentsOf(a!);
    expect(
      relativeError(
        [mean, variance],
        [
          [0, 0],
          [1, 1],
        ],
      ),
    ).toBeLessThan(1e-5);
  });

  test('whose rows do not divide among the images are refused by name', () => {
    const { context, layer } = builtLayer({ name: 'bn3' }, [2]);
    context.begin({ segments: segmentsOf(2, 2), training: true });
    expect(() => layer.call(sample([6, 2]), {})).toThrow(/"bn3" received 6 rows .* 4 images/);
  });

  test('of one image are refused in training only', () => {
    const { context, layer } = builtLayer({}, [3, 3, 2]);
    const x = sample([1, 3, 3, 2]);
    context.begin({ segments: segmentsOf(1), training: true });
    expect(() => layer.call(x, {})).toThrow(/the batch is too small for BatchNorm/);
    context.begin({ segments: segmentsOf(1), training: false });
    expect(layer.call(x, {}).shape).toEqual(x.shape);
  });

  test('with one image of a domain are refused once the domains are separate', () => {
    const { context, layer } = builtLayer({}, [2]);
    const pass = { segments: segmentsOf(3, 1), training: true };
    context.begin(pass);
    expect(layer.call(sample([4, 2]), {}).shape).toEqual([4, 2]);
    layer.treatDomains(apart('a', 'b'));
    context.begin(pass);
    expect(() => layer.call(sample([4, 2]), {})).toThrow(UserError);
  });
});

describe('a layer that is not told of domains', () => {
  test.each([
    { training: true, scale: true, center: true },
    { training: false, scale: true, center: true },
    { training: false, scale: false, center: false },
  ])('does what tfjs does: $training $scale $center', ({ training, ...args }) => {
    const stock = tf.layers.batchNormalization({ ...args, name: 'stock1' });
    stock.build([null, 3, 2]);
    const { layer } = builtLayer(args, [3, 2]);
    const start = layer.weights.map((weight, k) => tf.add(sample(weight.shape as number[]), k + 1));
    layer.setWeights(start);
    stock.setWeights(start);
    const x = sample([5, 3, 2], 4);
    const expected = stock.call(x, { training }) as tf.Tensor;
    expect(
      relativeError([layer.call(x, { training }).dataSync()], [expected.dataSync()]),
    ).toBeLessThan(1e-5);
    expect(
      relativeError(
        layer.getWeights().map((weight) => weight.dataSync()),
        stock.getWeights().map((weight) => weight.dataSync()),
      ),
    ).toBeLessThan(1e-6);
  });

  test('writes the configuration of tfjs and is read from it', () => {
    const args = { axis: 1, momentum: 0.8, epsilon: 0.1, center: false, name: 'n' };
    const { layer } = builtLayer(args, [3, 2]);
    expect(layer.getConfig()).toEqual(tf.layers.batchNormalization(args).getConfig());
    expect(layer.getClassName()).toBe('BatchNormalization');
  });
});

describe('without scale or center', () => {
  test.each([
    { scale: false, center: true, names: ['bn/a/beta', 'bn/b/beta'] },
    { scale: true, center: false, names: ['bn/a/gamma', 'bn/b/gamma'] },
    { scale: false, center: false, names: [] },
  ])('training works and has just the remaining weights: $names', ({ scale, center, names }) => {
    const { context, layer } = builtLayer({ scale, center, epsilon: 1e-9, name: 'bn' }, [2]);
    layer.treatDomains(apart('a', 'b'));
    layer.assignSites(0, 1, false);
    expect(layer.trainableWeights.map(({ originalName }) => originalName)).toEqual(names);
    const observer = new Reports();
    context.begin({ segments: segmentsOf(3, 3), training: true, observer });
    const gradient = tf.grad((x) => tf.sum(tf.pow(layer.call(x, {}), 3)))(sample([6, 2]));
    expect(gradient.shape).toEqual([6, 2]);
    expect(observer.norms).toHaveLength(names.length === 0 ? 0 : 2);
  });
});

describe('a split layer', () => {
  test('starts every domain from the values of before, under names of its own', () => {
    const { layer } = builtLayer({ name: 'bn' }, [2]);
    layer.setWeights(
      [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ].map((values) => tf.tensor1d(values)),
    );
    const tensors = tf.memory().numTensors;
    layer.treatDomains(apart('synthetic', 'real'));
    expect(valuesOf(layer.weights)).toEqual({
      'bn/synthetic/gamma': [1, 2],
      'bn/synthetic/beta': [3, 4],
      'bn/real/gamma': [1, 2],
      'bn/real/beta': [3, 4],
      'bn/synthetic/moving_mean': [5, 6],
      'bn/synthetic/moving_variance': [7, 8],
      'bn/real/moving_mean': [5, 6],
      'bn/real/moving_variance': [7, 8],
    });
    expect(layer.countParams()).toBe(16);
    expect(tf.memory().numTensors - tensors).toBe(4);
    expect(layer.handling).toBe('handled');
  });

  test('may be split before it is built', () => {
    const layer = new DomainBatchNormalization({ name: 'bn' }, new BatchContext());
    layer.treatDomains(apart('a', 'b'));
    layer.build([null, 2]);
    expect(layer.trainableWeights).toHaveLength(4);
  });

  test('takes weights as a list and gives them back', () => {
    const { layer } = builtLayer({}, [2]);
    layer.treatDomains(apart('a', 'b'));
    const values = layer.weights.map((_, k) => [k, k + 0.5]);
    layer.setWeights(values.map((value) => tf.tensor1d(value)));
    expect(layer.getWeights().map((weight) => [...weight.dataSync()])).toEqual(values);
  });

  test('gives the same as a shared one where the domains are identical', () => {
    const images = sample([4, 3, 2], 2);
    const batch = tf.concat([images, images]);
    const run = (split: boolean) => {
      const { context, layer } = builtLayer({}, [3, 2]);
      if (split) layer.treatDomains(apart('a', 'b'));
      context.begin({ segments: segmentsOf(4, 4), training: true });
      const gradient = tf.grad((x) => tf.sum(tf.pow(layer.call(x, {}), 3)))(batch);
      return [layer.call(batch, {}).dataSync(), gradient.dataSync()];
    };
    expect(relativeError(run(true), run(false))).toBeLessThan(1e-6);
  });

  test('leaves the weights of an absent domain alone and without a gradient', () => {
    const { context, layer } = builtLayer({ name: 'bn' }, [2]);
    layer.treatDomains(apart('a', 'b', 'c'));
    context.begin({
      segments: [
        { domain: 2, images: 3 },
        { domain: 1, images: 0 },
        { domain: 0, images: 2 },
      ],
      training: true,
    });
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(layer.call(sample([5, 2]), {}))),
      variablesOf(layer.trainableWeights),
    );
    const trained = layer.trainableWeights
      .filter(({ name }) => grads[name] != null)
      .map(({ originalName }) => originalName);
    expect(trained).toEqual(['bn/a/gamma', 'bn/a/beta', 'bn/c/gamma', 'bn/c/beta']);
    const values = valuesOf(layer.weights);
    expect(values['bn/b/moving_mean']).toEqual([0, 0]);
    expect(values['bn/a/moving_mean']).not.toEqual([0, 0]);
  });

  test("normalizes at test with the statistics of each segment's domain", () => {
    const { context, layer } = builtLayer({ epsilon: 0, scale: false, center: false }, [1]);
    layer.treatDomains(apart('a', 'b'));
    // Means 10 and 20, deviations 2 and 5.
    layer.setWeights([[10], [4], [20], [25]].map((values) => tf.tensor1d(values)));
    context.begin({
      segments: [
        { domain: 1, images: 1 },
        { domain: 0, images: 2 },
      ],
      training: false,
    });
    const y = layer.call(tf.tensor2d([[30], [12], [4]]), {});
    expect([...y.dataSync()]).toEqual([2, 1, -3]);
  });

  test('counts the regularizers of every branch', () => {
    const { layer } = builtLayer(
      {
        gammaRegularizer: tf.regularizers.l2({ l2: 0.5 }),
        betaRegularizer: tf.regularizers.l1({ l1: 2 }),
      },
      [2],
    );
    const total = () => layer.calculateLosses().reduce((sum, loss) => sum + loss.dataSync()[0]!, 0);
    // γ = 1, β = 0: 0.5·(1² + 1²) for each branch.
    expect(total()).toBeCloseTo(1);
    layer.treatDomains(apart('a', 'b', 'c'));
    expect(total()).toBeCloseTo(3);
  });

  test('keeps the constraint of each weight', () => {
    const { layer } = builtLayer({ gammaConstraint: tf.constraints.nonNeg() }, [2]);
    layer.treatDomains(apart('a', 'b'));
    layer.trainableWeights[2]!.write(tf.tensor1d([-1, 2]));
    expect([...layer.trainableWeights[2]!.read().dataSync()]).toEqual([0, 2]);
  });
});

test('a layer whose domains share γ and β has statistics for each and sums the gradients', () => {
  const { context, layer } = builtLayer({ name: 'bn' }, [2]);
  layer.treatDomains({ ...apart('a', 'b'), affine: commonAffine });
  layer.assignSites(0, 1, false);
  expect(layer.weights.map(({ originalName }) => originalName)).toEqual([
    'gamma',
    'beta',
    'bn/a/moving_mean',
    'bn/a/moving_variance',
    'bn/b/moving_mean',
    'bn/b/moving_variance',
  ]);
  expect(layer).toMatchObject({ handling: 'handled', hasOwnParameters: false });
  expect(layer.parameters).toHaveLength(1);
  const observer = new Reports();
  context.begin({ segments: segmentsOf(3, 4), training: true, observer });
  const { grads } = tf.variableGrads(
    () => tf.sum(layer.call(sample([7, 2]), {})),
    variablesOf(layer.trainableWeights),
  );
  // Of a plain sum, β has the gradient 1 per image, and γ none as x̂ has the mean 0 in each domain.
  const [dGamma, dBeta] = layer.trainableWeights.map(({ name }) => grads[name]!.dataSync());
  expect([...dBeta!]).toEqual([7, 7]);
  expect(Math.max(...dGamma!.map(Math.abs))).toBeLessThan(1e-5);
  expect(observer.norms.map(([, domain, norm]) => [domain, norm])).toEqual([
    [0, expect.closeTo(3 * Math.SQRT2, 5)],
    [1, expect.closeTo(4 * Math.SQRT2, 5)],
  ]);
});

describe('a frozen layer', () => {
  test('normalizes with its moving statistics, moves nothing, and still reports', () => {
    const { context, layer } = builtLayer({ epsilon: 0, trainable: false }, [1]);
    layer.setWeights([[3], [1], [10], [4]].map((values) => tf.tensor1d(values)));
    layer.assignSites(0, 1, false);
    const observer = new Reports();
    context.begin({ segments: segmentsOf(2), training: true, observer });
    const x = tf.tensor2d([[12], [6]]);
    const [dx] = tf.grads((x) => tf.sum(layer.call(x, {})))([x]);
    expect([...dx!.dataSync()]).toEqual([1.5, 1.5]);
    context.begin({ segments: segmentsOf(2), training: true });
    expect([...layer.call(x, {}).dataSync()]).toEqual([4, -5]);
    expect(layer.trainableWeights).toEqual([]);
    expect(layer.getWeights().map((weight) => weight.dataSync()[0])).toEqual([3, 1, 10, 4]);
    expect([...observer.sums[0]![1].sums]).toEqual([0, 0, -6, 36]);
  });

  test('stays frozen when it is split', () => {
    const { layer } = builtLayer({}, [1]);
    layer.trainable = false;
    layer.treatDomains(apart('a', 'b'));
    expect(layer.frozen).toBe(true);
    expect(layer.trainableWeights).toEqual([]);
    expect(layer.weights).toHaveLength(8);
  });
});

test('moving statistics mix with momentum, once per training call, into new tensors', () => {
  const { context, layer } = builtLayer({ momentum: 0.75, scale: false, center: false }, [1]);
  const x = tf.tensor2d([[1], [3]]);
  const [mean] = layer.weights;
  const before = mean!.read().dataId;
  layer.assignSites(0, 2, false);
  const observer = new Reports();
  context.begin({ segments: segmentsOf(2), training: true, observer });
  layer.call(x, {});
  layer.call(x, {});
  // Batch mean 2 and biased variance 1, from 0 and 1: 0.5, then 0.875.
  expect(layer.getWeights().map((weight) => weight.dataSync()[0])).toEqual([0.875, 1]);
  expect(mean!.read().dataId).not.toBe(before);
  expect(observer.running).toEqual([
    [{ mean: [0], variance: [1] }],
    [{ mean: [0.5], variance: [1] }],
  ]);
});
