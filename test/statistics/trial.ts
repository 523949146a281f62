import { DivergenceMemory, pairDivergence } from '../../src/stats/divergence.ts';
import { domainMoments, MomentsMemory, type ImageSums } from '../../src/stats/moments.ts';
import type { Course } from './case.ts';
import type { Source } from './source.ts';
import { WATCHERS, type Alarm, type WatcherName } from './watchers.ts';

/** How a source is watched. */
export interface Watch {
  readonly watchers: readonly WatcherName[];
  readonly steps: number;
  /** Tests that share `alpha`; every layer of the source is one. */
  readonly tests: number;
  readonly alpha: number;
  /** Null where a run ends with its first alarm. */
  readonly course: Course | null;
}

/** What a watcher said in one run, in whatever layer first. */
export interface Story extends Alarm {
  /** Step of the first alarm. */
  readonly step: number;
  /** Step at which an alarm was first taken back, and after that was given again in its layer. */
  readonly cleared: number | null;
  readonly again: number | null;
}

/** Tells what each watcher said; null for no alarm. */
export function storiesOf(
  source: Source,
  { watchers, steps, tests, alpha, course }: Watch,
): (Story | null)[] {
  const { layers, distinctImages } = source;
  const instances = watchers.map((name) =>
    layers.map(([{ channels }]) => WATCHERS[name]({ channels, distinctImages, tests, alpha })),
  );
  const stories: (Story | null)[] = watchers.map(() => null);
  const hasCleared = watchers.map(() => layers.map(() => false));
  const isOver = (story: Story | null) => story !== null && course === null;
  const compare = pairComparison(source);
  for (let step = 1; step <= steps && !stories.every(isOver); step++) {
    source.advance(step);
    for (let layer = 0; layer < layers.length; layer++) {
      const divergence = compare(layer);
      const { images } = layers[layer]![0];
      instances.forEach((ofLayers, watcher) => {
        const story = stories[watcher] ?? null;
        if (isOver(story)) return;
        const sign = ofLayers[layer]!(step, divergence, images);
        if (sign === null) return;
        if (story === null) {
          if (sign !== 'cleared') stories[watcher] = { ...sign, step, cleared: null, again: null };
        } else if (sign === 'cleared') {
          hasCleared[watcher]![layer] = true;
          stories[watcher] = { ...story, cleared: story.cleared ?? step };
        } else if (hasCleared[watcher]![layer]) {
          stories[watcher] = { ...story, again: story.again ?? step };
        }
      });
    }
  }
  return stories;
}

/** Returns the function that compares the domains of a source in one of its layers. */
export function pairComparison({ layers }: Source) {
  const memories = layers.map((domains) => ({
    moments: domains.map(({ images, channels }) => new MomentsMemory(images, channels)),
    divergence: new DivergenceMemory(domains[0].channels),
  }));
  return (layer: number) => {
    const [a, b] = layers[layer]!;
    const { moments, divergence } = memories[layer]!;
    const momentsOf = (sums: ImageSums, domain: number) =>
      domainMoments(sums, 0, sums.images, moments[domain]);
    return pairDivergence(momentsOf(a, 0), momentsOf(b, 1), divergence);
  };
}
