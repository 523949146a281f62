import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { OpenedRun } from '../../../src/analysis/openRun.ts';
import { whatIf } from '../../../src/analysis/whatIf.ts';
import { startBothBackends } from '../engine/gradients.ts';
import { temporaryFolder } from '../runs/folders.ts';
import { openedRun } from './opened.ts';

await startBothBackends();

/** Tells the bright class by the sign of the normalized brightness, which either layer can set right. */
const BRIGHTNESS = `return tf.sequential({ layers: [
  tf.layers.globalAveragePooling2d({ inputShape, dataFormat: 'channelsLast' }),
  bn('bn1', { center: false, scale: false }),
  tf.layers.dense({ units: classes, name: 'scores', useBias: false }),
  bn('bn2', { center: false, scale: false }),
] });`;

async function brightnessRun(options: { strategy?: string; split?: string; labels?: 'none' } = {}) {
  const opened = await openedRun(temporaryFolder(), { model: BRIGHTNESS, ...options });
  const set = (layer: string, ...weights: tf.Tensor[]) => {
    opened.model.getLayer(layer).setWeights(weights);
  };
  set('scores', tf.tensor2d([[-1, 1]]));
  const synthetic = [tf.tensor1d([0.375]), tf.tensor1d([0.0157])];
  const branches = options.strategy === undefined || options.strategy === 'shared' ? 1 : 2;
  set('bn1', ...Array.from({ length: branches }, () => synthetic).flat());
  set('bn2', ...Array.from({ length: branches }, () => [tf.zeros([2]), tf.ones([2])]).flat());
  return opened;
}

function weightsOf({ model }: OpenedRun): number[][] {
  return model.weights.map((weight) => [...weight.read().dataSync()]);
}

describe.each(['shared', 'separate'])(
  'a net trained %s whose real images are darker',
  (strategy) => {
    it('is said to gain all that its statistics cost', async () => {
      const opened = await brightnessRun({ strategy });
      const { run, step, domains } = await whatIf(opened);
      expect([run, step]).toEqual(['small-run', 7]);
      const [real, ...others] = domains;
      expect(others).toEqual([]);
      // Brightness is at most half of the synthetic images', so that every real one looks dark.
      expect(real).toMatchObject({ domain: 'real', images: 12, trained: { accuracy: 0.5, n: 6 } });
      expect(real?.layers.map(({ layer, site, gain }) => [layer, site, gain])).toEqual([
        ['bn1', 0, 0.5],
        ['bn2', 1, 0.5],
      ]);
      expect(real?.all).toMatchObject({ accuracy: 1, gain: 0.5 });
      expect(real?.all.gainHigh).toBeLessThanOrEqual(1);
      const { train } = opened.data.domains[1]!.parts;
      const pixels = await train.read(Int32Array.from({ length: 12 }, (_, image) => image));
      const brightness = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
      const skew = (0.375 - brightness) / Math.sqrt(0.0157);
      expect(real?.layers[0]?.meanSkew).toBeCloseTo(skew, 5);
    });
  },
);

it.each(['shared', 'separate', 'transnorm'])(
  'a net trained %s has the weights of before afterwards, to the last bit',
  async (strategy) => {
    const opened = await brightnessRun({ strategy });
    const before = weightsOf(opened);
    await whatIf(opened);
    expect(weightsOf(opened)).toEqual(before);
  },
);

it('measures a domain that was trained on without its labels', async () => {
  const { domains } = await whatIf(await brightnessRun({ labels: 'none' }));
  expect(domains).toMatchObject([
    { domain: 'real', trained: { accuracy: 0.5 }, all: { gain: 0.5 } },
  ]);
});

it('leaves test images alone: without validation images it is refused', async () => {
  const opened = await brightnessRun({ split: '{ train: 0.5, test: 0.5 }' });
  await expect(whatIf(opened)).rejects.toThrow(
    'no real domain of run small-run has labelled validation images',
  );
});
