import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FaultWatch, type FaultState } from '../../../src/faults/faultWatch.ts';
import type { RunEventBody } from '../../../src/protocol/events.ts';
import type { TableName, TableRow } from '../../../src/protocol/tables.ts';
import { randomStream } from '../../../src/stats/random.ts';
import type { MmdRequest } from '../../../src/recording/mmdThread.ts';
import { StatisticsKernel } from '../../../src/recording/statisticsKernel.ts';
import type { ImageSums } from '../../../src/stats/moments.ts';
import { SiteStatistics, type StatisticsState } from '../../../src/recording/siteStatistics.ts';
import { networkSite, watchedRun } from '../faults/network.ts';

const IMAGES = 16;
const PIXELS = 4;
const CHANNELS = 3;
const SEGMENTS = [
  { domain: 0, images: IMAGES },
  { domain: 1, images: IMAGES },
];
const LAYOUTS = [{ segments: SEGMENTS, trained: null }];
const RUNNING = [0, 1].map(() => ({
  mean: new Float32Array(CHANNELS),
  variance: new Float32Array(CHANNELS).fill(4),
}));

/** Only the first domain is labelled. */
const LABELS = [Int32Array.from({ length: IMAGES }, (_, image) => image % 3), null];

const images = { train: 100_000, validation: 0, test: 0 };
const RUN = {
  domains: [
    { name: 'synthetic', kind: 'synthetic', labelled: true, images },
    { name: 'real', kind: 'real', labelled: true, images },
  ],
  sites: [
    {
      name: 'bn1',
      layer: 'bn1',
      call: 0,
      pooled: false,
      channels: CHANNELS,
      handling: 'mixed',
      frames: [],
    },
  ],
  pairs: [{ a: 0, b: 1 }],
  controls: [{ domain: 1, halves: [50_000, 50_000] }],
  flags: { tolerance: 0.1, alpha: 0.05 },
  record: { channelsEvery: 2, mmdEvery: 3 },
} as const;

class Sink {
  readonly rows: { table: string; row: Record<string, number> }[] = [];
  readonly events: RunEventBody[] = [];
  append<T extends TableName>(table: T, row: TableRow<T>): void {
    this.rows.push({ table, row });
  }
  event(body: RunEventBody): void {
    this.events.push(body);
  }
  of(table: TableName) {
    return this.rows.filter((entry) => entry.table === table).map(({ row }) => row);
  }
}

/** Activations [2 · IMAGES, PIXELS, CHANNELS]; the second domain is shifted. */
function activations(step: number, shift: number): Float64Array {
  const random = randomStream(7, 'activations', step);
  return Float64Array.from({ length: 2 * IMAGES * PIXELS * CHANNELS }, (_, i) => {
    const uniform = (random() + random() + random() - 1.5) * 2;
    return uniform + (i < IMAGES * PIXELS * CHANNELS ? 0 : shift);
  });
}

function kernel(): StatisticsKernel {
  return new StatisticsKernel(join(import.meta.dirname, '../../../dist/wasm/statistics.wasm'));
}

/** Looks for faults that nobody is told. */
function unheardFaults(state?: FaultState): FaultWatch {
  const run = watchedRun({ sites: [networkSite({ name: 'bn1' })], segments: SEGMENTS });
  return new FaultWatch(run, () => undefined, state ?? null);
}

function sumsOf(x: Float64Array): ImageSums {
  const sums = new Float32Array(2 * IMAGES * CHANNELS * 2);
  x.forEach((value, i) => {
    const channel = i % CHANNELS;
    const image = Math.floor(i / (PIXELS * CHANNELS));
    const at = 2 * (image * CHANNELS + channel);
    sums[at] = sums[at]! + value;
    sums[at + 1] = sums[at + 1]! + value * value;
  });
  const shift = new Float32Array(CHANNELS);
  return { images: 2 * IMAGES, pixels: PIXELS, channels: CHANNELS, shift, sums };
}

/**
 * Records the steps after `from` up to `steps`, going on from a state if there is one; the shift is
 * gone after the step `until`.
 */
function watch(
  steps: number,
  shift: number,
  from = 0,
  state: StatisticsState | null = null,
  until = Infinity,
) {
  const sink = new Sink();
  const requests: MmdRequest[] = [];
  const mmd = { estimate: (request: MmdRequest) => requests.push(request) };
  const faults = unheardFaults(state?.faults);
  const statistics = new SiteStatistics(RUN, LAYOUTS, sink, mmd, faults, kernel(), state);
  for (let step = from + 1; step <= steps; step++) {
    const sums = sumsOf(activations(step, step <= until ? shift : 0));
    const gradientNorms = Float64Array.of(0, 0.25);
    statistics.record(step, 0, [{ site: 0, sums, running: RUNNING, gradientNorms }], LABELS);
  }
  return { sink, statistics, requests };
}

describe('the statistics of sites', () => {
  it("writes each domain's mean and variance over all pixels, and what its gradient was", () => {
    const { sink } = watch(1, 1);
    const x = activations(1, 1).subarray(IMAGES * PIXELS * CHANNELS);
    const perChannel = Array.from({ length: CHANNELS }, (_, channel) => {
      const values = [...x].filter((_, i) => i % CHANNELS === channel);
      const mean = values.reduce((a, b) => a + b) / values.length;
      return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length };
    });
    const [, real] = sink.of('sites');
    const average = (pick: (channel: { mean: number; variance: number }) => number) =>
      perChannel.reduce((sum, channel) => sum + pick(channel), 0) / CHANNELS;
    expect(real).toMatchObject({ step: 1, site: 0, domain: 1, gradientNorm: 0.25 });
    expect(real?.['mean']).toBeCloseTo(
      average((channel) => channel.mean),
      5,
    );
    expect(real?.['variance']).toBeCloseTo(
      average((channel) => channel.variance),
      5,
    );
    // The running mean is 0 and the running deviation 2 in every channel.
    const rms = Math.sqrt(average((channel) => (channel.mean / 2) ** 2));
    expect(real?.['meanSkew']).toBeCloseTo(rms, 5);
  });

  it('records channels and divergences, and has MMD estimated, only at their intervals', () => {
    const { sink, requests } = watch(6, 0);
    expect(sink.of('distances').map((row) => row['step'])).toEqual([2, 4, 6]);
    expect(new Set(sink.of('channels').map((row) => row['step']))).toEqual(new Set([2, 4, 6]));
    expect(sink.of('channels')).toHaveLength(3 * 2 * CHANNELS);
    expect(requests.map(({ step }) => step)).toEqual([3, 6]);
  });

  it('has the means of the images compared by MMD, and hands on their labels', () => {
    const { requests } = watch(3, 1);
    const x = activations(3, 1);
    const meanOf = (image: number, channel: number): number => {
      const pixels = Array.from(
        { length: PIXELS },
        (_, pixel) => x[(image * PIXELS + pixel) * CHANNELS + channel]!,
      );
      return pixels.reduce((sum, value) => sum + value, 0) / PIXELS;
    };
    const [request] = requests;
    expect(request).toMatchObject({ step: 3, site: 0, pair: 0 });
    [request?.a, request?.b].forEach((sample, segment) => {
      expect(sample).toMatchObject({ count: IMAGES, dimensions: CHANNELS });
      expect(sample?.labels).toEqual(LABELS[segment]);
      const expected = Array.from({ length: IMAGES * CHANNELS }, (_, i) =>
        meanOf(segment * IMAGES + Math.floor(i / CHANNELS), i % CHANNELS),
      );
      expected.forEach((mean, i) => {
        expect(sample?.values[i]).toBeCloseTo(mean, 5);
      });
    });
  });

  it("writes distances with floors that only differing domains' pass", () => {
    const [same, differing] = [0, 1].map((shift) => watch(2, shift).sink.of('distances')[0]);
    const shape = { step: 2, site: 0, pair: 0, channels: CHANNELS, n: IMAGES, m: IMAGES };
    expect(same).toMatchObject(shape);
    expect(same?.['jeffreys']).toBeLessThan(same!['jeffreysFloor99']!);
    expect(differing?.['jeffreys']).toBeGreaterThan(differing!['jeffreysFloor99']!);
    // All variances are 1; the mean of a second domain is 1 away, and so many deviations.
    expect(differing?.['gap']).toBeCloseTo(1, 0);
  });

  it('flags domains that differ once, and never domains that do not', () => {
    const differing = watch(60, 1).sink.events.filter((event) => event.type === 'flag');
    expect(differing).toHaveLength(1);
    expect(differing[0]).toMatchObject({ site: 0, pair: 0, handling: 'mixed' });
    const same = watch(60, 0).sink.events.filter((event) => event.type === 'flag');
    expect(same).toHaveLength(0);
  });

  it('writes what each channel has of evidence, and names those that differ in the flag', () => {
    const { sink } = watch(60, 1);
    const flag = sink.events.find((event) => event.type === 'flag');
    expect(flag).toMatchObject({ onset: 1 });
    expect([...(flag?.channels ?? [])].sort()).toEqual([0, 1, 2]);
    const rows = sink.of('channelPairs');
    expect(rows).toHaveLength(30 * CHANNELS);
    for (const row of rows.slice(-CHANNELS)) {
      expect(row).toMatchObject({ step: 60, site: 0, pair: 0 });
      // The pixel deviation is 1: of three uniform numbers on (−1, 1), each of variance 1/3.
      expect(row['gap']).toBeCloseTo(-1, 0);
      expect(row['logE']).toBeGreaterThan(Math.log(2000));
    }
  });

  it('takes a flag back once the difference is gone', () => {
    const { sink } = watch(2000, 1, 0, null, 60);
    const [flag, cleared, ...others] = sink.events.filter(
      ({ type }) => type === 'flag' || type === 'cleared',
    );
    expect(others).toEqual([]);
    expect(cleared).toMatchObject({
      type: 'cleared',
      raisedAt: flag?.type === 'flag' && flag.step,
    });
  });

  it('compares the halves of a real domain by the same rule, and finds nothing', () => {
    const { sink } = watch(60, 1);
    const controls = sink.of('controls');
    expect(controls).toHaveLength(15);
    expect(controls[0]).toMatchObject({ step: 4, site: 0, domain: 1 });
    // Half of the images: twice 1/8 of variance between their means, a quarter of it per pixel.
    const floors = controls.map((row) => row['gapFloor'] ?? NaN);
    expect(floors.reduce((a, b) => a + b) / 15).toBeCloseTo(Math.sqrt(2 / (8 * PIXELS)), 1);
    expect(Math.max(...controls.map((row) => row['logE'] ?? NaN))).toBeLessThan(Math.log(20));
    expect(sink.events.filter(({ type }) => type === 'warning')).toEqual([]);
  });

  it('warns when the halves of a real domain are told apart', () => {
    const sink = new Sink();
    const mmd = { estimate: () => undefined };
    const statistics = new SiteStatistics(RUN, LAYOUTS, sink, mmd, unheardFaults(), kernel(), null);
    for (let step = 1; step <= 60; step++) {
      const x = activations(step, 0);
      const lastHalf = 1.5 * IMAGES * PIXELS * CHANNELS;
      const sums = sumsOf(x.map((value, i) => (i < lastHalf ? value : value + 2)));
      const gradientNorms = Float64Array.of(0, 0);
      statistics.record(step, 0, [{ site: 0, sums, running: RUNNING, gradientNorms }], LABELS);
    }
    const warnings = sink.events.filter((event) => event.type === 'warning');
    expect(warnings.map(({ code }) => code)).toEqual(['control-flag']);
    expect(warnings[0]?.message).toContain('bn1 tells two random halves');
  });

  it('goes on from its state, as JSON keeps it, to the very same e-values', () => {
    const logE = ({ sink }: ReturnType<typeof watch>) => sink.of('pairs').map((row) => row['logE']);
    const whole = watch(20, 0.3);
    const first = watch(8, 0.3);
    const kept = JSON.parse(JSON.stringify(first.statistics.state)) as StatisticsState;
    const second = watch(20, 0.3, 8, kept);
    expect([...logE(first), ...logE(second)]).toEqual(logE(whole));
  });
});
