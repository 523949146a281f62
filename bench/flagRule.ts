/**
 * Measures the flag rule by simulation with Gaussian channels, independent unless a line says
 * otherwise (64 channels, 32 images per domain and step, 100 tests at α = 0.05 likewise).
 * Takes about half an hour: npx jiti bench/flagRule.ts
 */
import { pairDivergence } from '../src/stats/divergence.ts';
import { EProcess, logThreshold } from '../src/stats/eProcess.ts';
import { domainMoments, type ImageSums } from '../src/stats/moments.ts';
import { permutation, randomStream } from '../src/stats/random.ts';
import {
  cycledBatches,
  drawBatch,
  median,
  normalStream,
  type Population,
} from '../test/unit/stats/batches.ts';

const CHANNELS = 64;
const IMAGES = 32;
const NEVER_AGAIN = [Infinity, Infinity] as const;

interface Simulation {
  readonly layers: number;
  readonly steps: number;
  readonly tolerance: number;
  readonly distinctImages: readonly [number, number];
  /** α / tests. */
  readonly level: number;
  /** Gives one layer's source of batches: a function of the step. */
  readonly layer: (layer: number) => (step: number) => readonly [ImageSums, ImageSums];
}

/** Returns the step at which each layer was flagged, Infinity for never. */
function flagSteps(simulation: Simulation): number[] {
  const { layers, steps, tolerance, distinctImages, level } = simulation;
  return Array.from({ length: layers }, (_, layer) => {
    const draw = simulation.layer(layer);
    const process = new EProcess({ channels: CHANNELS, tolerance, distinctImages, level });
    for (let step = 1; step <= steps; step++) {
      const [a, b] = draw(step);
      const pair = pairDivergence(domainMoments(a), domainMoments(b));
      if (process.update(pair, [a.images, b.images]) >= logThreshold(1, level)) return step;
    }
    return Infinity;
  });
}

function report(name: string, simulation: Partial<Simulation> & Pick<Simulation, 'layer'>): void {
  const flags = flagSteps({
    layers: 200,
    steps: 300,
    tolerance: 0,
    distinctImages: NEVER_AGAIN,
    level: 0.05 / 100,
    ...simulation,
  });
  const flagged = flags.filter(Number.isFinite).length;
  console.log(`${name}: flagged ${flagged} of ${flags.length}, median step ${median(flags)}`);
}

/** Fresh images of N(0, 1) against those of `shifted`, which begins after `after` steps. */
function against(shifted: Population, after = 0): Simulation['layer'] {
  return (layer) => {
    const normal = normalStream(randomStream(layer, 'against'));
    return (step) => [
      drawBatch(normal, IMAGES, CHANNELS),
      drawBatch(normal, IMAGES, CHANNELS, step > after ? shifted : {}),
    ];
  };
}

/** One population whose moments drift, different images for each domain. */
const drifting: Simulation['layer'] = (layer) => {
  const normal = normalStream(randomStream(layer, 'drifting'));
  return (step) => {
    const now = {
      mean: (channel: number) => Math.sin(step / 50 + channel),
      deviation: (channel: number) => Math.exp(Math.sin(step / 80 - channel) / 2),
    };
    return [drawBatch(normal, IMAGES, CHANNELS, now), drawBatch(normal, IMAGES, CHANNELS, now)];
  };
};

/** Two finite sets of images of one population, reshuffled and shown again and again. */
function cycled(first: number, second: number, correlation = 0): Simulation['layer'] {
  const batch = Math.min(first, second, IMAGES);
  return (layer) => {
    const normal = normalStream(randomStream(layer, 'cycled'));
    const uniform = randomStream(layer, 'cycled order');
    const [a, b] = [first, second].map((images) =>
      cycledBatches(drawBatch(normal, images, CHANNELS, { correlation }), batch, (n) =>
        permutation(n, uniform),
      ),
    ) as [() => ImageSums, () => ImageSums];
    return () => [a(), b()];
  };
}

const inFirst =
  (channels: number, value: number, otherwise = 0) =>
  (channel: number) =>
    channel < channels ? value : otherwise;

for (const d of [0.5, 0.2, 0.1]) {
  report(`d=${d} on a quarter`, { layer: against({ mean: inFirst(16, d) }) });
}
report('d=0.2 in one channel', { layer: against({ mean: inFirst(1, 0.2) }) });
report('variance x1.5 on a quarter', {
  layer: against({ deviation: inFirst(16, Math.sqrt(1.5), 1) }),
});
report('d=0.2 on a quarter after step 1000', {
  layers: 100,
  steps: 1300,
  layer: against({ mean: inFirst(16, 0.2) }, 1000),
});
for (const rms of [0.25, 0.2, 0.15, 0.1, 0.08]) {
  report(`tolerance 0.1, RMS gap ${rms}`, {
    layers: rms > 0.1 ? 200 : 50,
    steps: rms > 0.1 ? 300 : 1000,
    tolerance: 0.1,
    layer: against({ mean: () => rms }),
  });
}
for (const real of [50, 100, 200, 1000]) {
  report(`tolerance 0.1, 2000 against ${real} images of one population, cycled`, {
    steps: 1000,
    tolerance: 0.1,
    distinctImages: [2000, real],
    layer: cycled(2000, real),
  });
}
for (const images of [25, 50, 500]) {
  for (const correlation of [0, 0.5, 0.9]) {
    report(`tolerance 0.1, ${images} against ${images}, cycled, correlation ${correlation}`, {
      layers: 60,
      steps: 600,
      tolerance: 0.1,
      distinctImages: [images, images],
      level: 0.05 / 4,
      layer: cycled(images, images, correlation),
    });
  }
}
report('tolerance 0.1, 50 images cycled and taken for new ones', {
  layers: 50,
  steps: 1000,
  tolerance: 0.1,
  layer: cycled(2000, 50),
});
report('drifting null, one test at 0.05', {
  steps: 500,
  level: 0.05,
  layer: drifting,
});
report('drifting null', { layers: 1000, steps: 2000, layer: drifting });
