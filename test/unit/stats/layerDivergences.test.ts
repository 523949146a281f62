import { describe, expect, it } from 'vitest';
import { SECOND_ORDER, type Distance } from '../../../src/stats/gaussianDistances.ts';
import { layerDivergences, type LayerDivergences } from '../../../src/stats/layerDivergences.ts';
import { domainMoments, type DomainMoments, type ImageSums } from '../../../src/stats/moments.ts';
import { randomStream } from '../../../src/stats/random.ts';
import { drawBatch, imageSums, normalStream, type Population } from './batches.ts';

const DISTANCES = Object.keys(SECOND_ORDER) as Distance[];

function compare(a: DomainMoments, b: DomainMoments): LayerDivergences {
  return layerDivergences(a, b, a, b);
}

/** Images of 16 pixels that share most of their value within an image. */
function correlatedPixels(normal: () => number, images: number, channels: number): ImageSums {
  const common = Array.from({ length: images * channels }, normal);
  return imageSums(
    { images, pixels: 16, channels },
    new Float32Array(channels),
    (image, _pixel, channel) => 0.8 * common[image * channels + channel]! + 0.6 * normal(),
  );
}

describe('layerDivergences', () => {
  const populations: [string, (normal: () => number, images: number) => ImageSums][] = [
    ['independent Gaussian channels', (normal, images) => drawBatch(normal, images, 16)],
    ['one channel', (normal, images) => drawBatch(normal, images, 1)],
    ['correlated pixels', (normal, images) => correlatedPixels(normal, images, 8)],
    ...[0.5, 0.95].map((correlation): [string, (normal: () => number, n: number) => ImageSums] => [
      `channels correlated by ${correlation}`,
      (normal, images) => drawBatch(normal, images, 16, { correlation }),
    ]),
  ];
  it.each(populations)(
    'of one population passes its floors as often as they say: %s',
    (name, draw) => {
      const normal = normalStream(randomStream(5, 'floors', name));
      const DRAWS = 1_500;
      const passed = DISTANCES.map((distance) => ({ distance, at95: 0, at99: 0, excess: 0 }));
      for (let repeat = 0; repeat < DRAWS; repeat++) {
        const compared = compare(domainMoments(draw(normal, 32)), domainMoments(draw(normal, 48)));
        for (const count of passed) {
          const { value, expected, floor95, floor99 } = compared[count.distance];
          if (value > floor95) count.at95++;
          if (value > floor99) count.at99++;
          const power = ['gap', 'logVarianceRatio'].includes(count.distance) ? 2 : 1;
          count.excess += (value ** power / expected ** power - 1) / DRAWS;
        }
      }
      for (const { distance, at95, at99, excess } of passed) {
        // Four binomial deviations about 3% … 7% and 2%.
        expect(at95 / DRAWS, distance).toBeGreaterThan(0.012);
        expect(at95 / DRAWS, distance).toBeLessThan(0.1);
        expect(at99 / DRAWS, distance).toBeLessThan(0.041);
        expect(Math.abs(excess), distance).toBeLessThan(0.12);
      }
    },
  );

  it('has the closed-form expectations of independent Gaussian values', () => {
    const n = 4_000;
    const normal = normalStream(randomStream(6, 'closed forms'));
    const [a, b] = [0, 1].map(() => domainMoments(drawBatch(normal, n, 8))) as [
      DomainMoments,
      DomainMoments,
    ];
    const { gap, logVarianceRatio, jeffreys, bhattacharyya, hellingerSquared, wassersteinSquared } =
      compare(a, b);
    expect(gap.expected / Math.sqrt(2 / n)).toBeCloseTo(1, 1);
    expect(logVarianceRatio.expected / Math.sqrt(4 / n)).toBeCloseTo(1, 1);
    expect(jeffreys.expected / (4 / n)).toBeCloseTo(1, 1);
    expect(bhattacharyya.expected / (1 / (2 * n))).toBeCloseTo(1, 1);
    expect(hellingerSquared.expected / (1 / (2 * n))).toBeCloseTo(1, 1);
    expect(wassersteinSquared.expected / (3 / n)).toBeCloseTo(1, 1);
  });

  it('finds a difference', () => {
    const normal = normalStream(randomStream(7, 'difference'));
    const shifted: Population = { mean: (channel) => (channel < 4 ? 0.7 : 0) };
    const compared = compare(
      domainMoments(drawBatch(normal, 64, 16)),
      domainMoments(drawBatch(normal, 64, 16, shifted)),
    );
    expect(compared.jeffreys.value).toBeGreaterThan(compared.jeffreys.floor99);
    expect(compared.gap.value).toBeGreaterThan(compared.gap.floor99);
    expect(compared.logVarianceRatio.value).toBeLessThan(compared.logVarianceRatio.floor99);
  });

  it('leaves out channels that are constant in a domain and says how many are left', () => {
    const normal = normalStream(randomStream(8, 'constant'));
    const dead: Population = { deviation: (channel) => (channel === 0 ? 0 : 1) };
    const compared = compare(
      domainMoments(drawBatch(normal, 16, 3, dead)),
      domainMoments(drawBatch(normal, 20, 3)),
    );
    expect(compared).toMatchObject({ channels: 2, n: 16, m: 20 });
    for (const distance of DISTANCES) expect(compared[distance].value).toBeGreaterThan(0);
    const nothing = domainMoments(drawBatch(normal, 16, 3, { deviation: () => 0 }));
    expect(compare(nothing, nothing)).toMatchObject({
      channels: 0,
      jeffreys: { value: 0, expected: 0, floor95: 0, floor99: 0 },
    });
  });

  it('is not a number where a channel or its errors are not', () => {
    const normal = normalStream(randomStream(9, 'spoiled'));
    const spoiled: Population = { mean: (channel) => (channel === 1 ? NaN : 0) };
    const a = domainMoments(drawBatch(normal, 8, 2));
    const values = Object.values(
      compare(a, domainMoments(drawBatch(normal, 8, 2, spoiled))).jeffreys,
    );
    expect(values.every(Number.isNaN)).toBe(true);
    const { value, floor95 } = compare(a, domainMoments(correlatedPixels(normal, 1, 2))).jeffreys;
    expect(value).toBeGreaterThan(0);
    expect(floor95).toBeNaN();
  });

  it('refuses domains of different layers', () => {
    const [two, three] = [2, 3].map((channels) =>
      domainMoments(drawBatch(normalStream(randomStream(1)), 4, channels)),
    ) as [DomainMoments, DomainMoments];
    expect(() => compare(two, three)).toThrow(RangeError);
  });
});
