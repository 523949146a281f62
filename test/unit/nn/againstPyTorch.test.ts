import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DomainBatchNormalization } from '../../../src/nn/domainBatchNormalization.ts';
import fixture from '../../fixtures/nn/batch_norm.json' with { type: 'json' };
import { relativeError, startBothBackends } from '../engine/gradients.ts';
import { apart, builtLayer, Reports, segmentsOf, valuesOf } from './models.ts';

const { segments, channels, names, epsilon, momentum } = {
  ...fixture,
  channels: fixture.gamma.length,
  names: ['a', 'b', 'c'],
};

beforeAll(startBothBackends);

/** One training step of a layer on the fixture's batch, with the fixture's dy. */
function train(split: boolean) {
  const { context, layer } = builtLayer({ epsilon, momentum, name: 'bn' }, fixture.shape.slice(1));
  const { zeros, ones } = { zeros: tf.zeros([channels]), ones: tf.ones([channels]) };
  layer.setWeights([tf.tensor1d(fixture.gamma), tf.tensor1d(fixture.beta), zeros, ones]);
  if (split) layer.treatDomains(apart(...names));
  layer.assignSites(0, 1, false);
  const reports = new Reports();
  context.begin({ segments: segmentsOf(...segments), training: true, observer: reports });
  const x = tf.tensor(fixture.x, fixture.shape);
  const dy = tf.tensor(fixture.dy, fixture.shape);
  const outputs: Float32Array[] = [];
  const parameters = layer.trainableWeights.map((weight) => weight.read());
  const [dx, ...gradients] = tf.grads((x) => {
    const y = layer.call(x, {});
    outputs.push(y.dataSync<'float32'>());
    return tf.sum(tf.mul(y, dy));
  })([x, ...parameters]);
  return {
    layer,
    reports,
    y: outputs[0]!,
    dx: dx!.dataSync(),
    gradients: gradients.map((gradient) => gradient.dataSync()),
  };
}

function moving(layer: DomainBatchNormalization): number[][] {
  return Object.values(valuesOf(layer.nonTrainableWeights));
}

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  test('shared equals torch.nn.BatchNorm2d on the concatenated batch', () => {
    const { shared } = fixture;
    const { y, dx, gradients, layer } = train(false);
    expect(relativeError([y], [shared.y])).toBeLessThan(1e-6);
    expect(relativeError([dx], [shared.dx])).toBeLessThan(1e-6);
    expect(relativeError(gradients, [shared.dGamma, shared.dBeta])).toBeLessThan(1e-6);
    expect(relativeError(moving(layer), [shared.mean, shared.variance])).toBeLessThan(1e-6);
  });

  test('separate equals one torch.nn.BatchNorm2d per domain', () => {
    const { separate } = fixture;
    const { y, dx, gradients, layer } = train(true);
    expect(relativeError([y], [separate.flatMap((part) => part.y)])).toBeLessThan(1e-6);
    expect(relativeError([dx], [separate.flatMap((part) => part.dx)])).toBeLessThan(1e-6);
    expect(
      relativeError(
        gradients,
        separate.flatMap(({ dGamma, dBeta }) => [dGamma, dBeta]),
      ),
    ).toBeLessThan(1e-6);
    expect(
      relativeError(
        moving(layer),
        separate.flatMap(({ mean, variance }) => [mean, variance]),
      ),
    ).toBeLessThan(1e-6);
  });

  test("a domain's gradient norm is that of its own γ and β", () => {
    const { norms } = train(true).reports;
    const expected = fixture.separate.map(({ dGamma, dBeta }) => Math.hypot(...dGamma, ...dBeta));
    expect(norms.map(([site, domain]) => [site, domain])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
    ]);
    expect(relativeError([norms.map(([, , norm]) => norm)], [expected])).toBeLessThan(1e-6);
  });

  test('the per-image sums give back the moments of every image', () => {
    const [report] = train(false).reports.sums;
    const [, { images, pixels, shift, sums }] = report!;
    expect([images, pixels, shift.length]).toEqual([9, 6, channels]);
    const [means, squares] = [fixture.x, fixture.x.map((value) => value * value)].map((values) =>
      tf.sum(tf.tensor(values, [images, pixels, channels]), 1).dataSync(),
    );
    const sum = means!.map((_, i) => sums[2 * i]! + pixels * shift[i % channels]!);
    const square = squares!.map((_, i) => {
      const s = shift[i % channels]!;
      return sums[2 * i + 1]! + 2 * s * sums[2 * i]! + pixels * s * s;
    });
    expect(relativeError([sum, square], [means!, squares!])).toBeLessThan(1e-6);
  });
});
