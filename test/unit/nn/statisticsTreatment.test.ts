import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SiteLayer, StatisticsTreatment } from '../../../src/nn/batchContext.ts';
import { relativeError, sample, startBothBackends } from '../engine/gradients.ts';
import { apart, builtLayer, segmentsOf } from './models.ts';

beforeAll(startBothBackends);

const MOMENTUM = 0.9;

/** A layer that has seen other batches, so that its statistics are neither new nor those of x. */
function trainedLayer(domains: readonly string[]) {
  const { context, layer } = builtLayer({ momentum: MOMENTUM, epsilon: 1e-9 }, [3, 2]);
  if (domains.length > 0) layer.treatDomains(apart(...domains));
  context.begin({ segments: segmentsOf(4, 4), training: true });
  layer.call(tf.add(tf.mul(sample([8, 3, 2], 9), 2), 5), {});
  return { context, layer };
}

function statisticsOf({ weights }: SiteLayer): number[][] {
  return weights
    .filter(({ originalName }) => originalName.includes('moving_'))
    .map((weight) => [...weight.read().dataSync()]);
}

/** Mean and biased variance of each channel. */
function momentsOf(x: tf.Tensor): number[][] {
  const { mean, variance } = tf.moments(x, [0, 1]);
  return [[...mean.dataSync()], [...variance.dataSync()]];
}

function moved(before: readonly number[][], batch: readonly number[][]): number[][] {
  return before.map((values, k) =>
    values.map((value, c) => MOMENTUM * value + (1 - MOMENTUM) * batch[k]![c]!),
  );
}

const TREATMENTS: StatisticsTreatment[] = [
  { statisticsUsed: 'batch', statisticsUpdated: true },
  { statisticsUsed: 'batch', statisticsUpdated: false },
  { statisticsUsed: 'moving', statisticsUpdated: true },
  { statisticsUsed: 'moving', statisticsUpdated: false },
];

describe.each(TREATMENTS)('training with $statisticsUsed, updated: $statisticsUpdated', (how) => {
  test.each([{ domains: [] }, { domains: ['a', 'b'] }])(
    'uses and moves what it is told to, domains of its own: $domains',
    ({ domains }) => {
      const { context, layer } = trainedLayer(domains);
      const before = statisticsOf(layer);
      layer.treatStatistics(how);
      const x = sample([8, 3, 2], 4);
      context.begin({ segments: segmentsOf(4, 4), training: true });
      const y = layer.call(x, {});
      const parts = domains.length > 0 ? tf.split(x, 2) : [x];
      const batch = parts.flatMap(momentsOf);
      const used = how.statisticsUsed === 'batch' ? batch : before;
      const expected = parts.map((part, k) => {
        const [mean, variance] = [tf.tensor1d(used[2 * k]!), tf.tensor1d(used[2 * k + 1]!)];
        return tf.div(tf.sub(part, mean), tf.sqrt(variance));
      });
      expect(relativeError([y.dataSync()], [tf.concat(expected).dataSync()])).toBeLessThan(1e-5);
      const after = statisticsOf(layer);
      if (how.statisticsUpdated) {
        expect(relativeError(after, moved(before, batch))).toBeLessThan(1e-5);
      } else {
        expect(after).toEqual(before);
      }
    },
  );
});

test('moving statistics are constants of the gradient', () => {
  const { context, layer } = trainedLayer([]);
  layer.treatStatistics({ statisticsUsed: 'moving', statisticsUpdated: true });
  const [, variance] = statisticsOf(layer);
  context.begin({ segments: segmentsOf(4, 4), training: true });
  const gradient = tf.grad((x) => tf.sum(layer.call(x, {})))(sample([8, 3, 2], 4));
  const expected = Float32Array.from(gradient.dataSync(), (_, at) => variance![at % 2]! ** -0.5);
  expect(relativeError([gradient.dataSync()], [expected])).toBeLessThan(1e-5);
});

test('a frozen layer uses and keeps its moving statistics whatever it is told', () => {
  const { context, layer } = trainedLayer([]);
  const before = statisticsOf(layer);
  layer.trainable = false;
  layer.treatStatistics({ statisticsUsed: 'batch', statisticsUpdated: true });
  const x = sample([8, 3, 2], 4);
  context.begin({ segments: segmentsOf(4, 4), training: true });
  const training = layer.call(x, {}).dataSync();
  context.begin({ segments: segmentsOf(4, 4), training: false });
  expect([...training]).toEqual([...layer.call(x, {}).dataSync()]);
  expect(statisticsOf(layer)).toEqual(before);
});

test('a domain that adopts what another has of its own begins with it and goes its own way', () => {
  const { context, layer } = trainedLayer(['a', 'b']);
  const of = (domain: string) =>
    layer.weights
      .filter(({ originalName }) => originalName.includes(`/${domain}/`))
      .map((weight) => [...weight.read().dataSync()]);
  expect(of('b')).not.toEqual(of('a'));
  layer.adopt(1, 0);
  expect(of('b')).toEqual(of('a'));
  const before = of('a');
  context.begin({ segments: [{ domain: 1, images: 8 }], training: true });
  layer.call(sample([8, 3, 2], 1), {});
  expect(of('a')).toEqual(before);
  expect(of('b')).not.toEqual(before);
});
