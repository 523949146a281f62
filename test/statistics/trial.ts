import { DivergenceMemory, pairDivergence } from '../../src/stats/divergence.ts';
import { domainMoments, MomentsMemory, type ImageSums } from '../../src/stats/moments.ts';
import type { Source } from './source.ts';
import { WATCHERS, type Alarm, type WatcherName } from './watchers.ts';

/** How a source is watched. */
export interface Watch {
  readonly watchers: readonly WatcherName[];
  readonly steps: number;
  /** Tests that share `alpha`; every layer of the source is one. */
  readonly tests: number;
  readonly alpha: number;
}

/** The first alarm of a watcher in any layer. */
export interface FirstAlarm extends Alarm {
  readonly step: number;
}

/** Returns each watcher's first alarm; null for none. */
export function firstAlarms(
  source: Source,
  { watchers, steps, tests, alpha }: Watch,
): (FirstAlarm | null)[] {
  const { layers, distinctImages } = source;
  const instances = watchers.map((name) =>
    layers.map(([{ channels }]) => WATCHERS[name]({ channels, distinctImages, tests, alpha })),
  );
  const alarms: (FirstAlarm | null)[] = watchers.map(() => null);
  const compare = pairComparison(source);
  for (let step = 1; step <= steps && alarms.includes(null); step++) {
    source.advance(step);
    for (let layer = 0; layer < layers.length; layer++) {
      const divergence = compare(layer);
      const { images } = layers[layer]![0];
      instances.forEach((ofLayers, watcher) => {
        if (alarms[watcher] !== null) return;
        const alarm = ofLayers[layer]!(step, divergence, images);
        if (alarm !== null) alarms[watcher] = { step, channels: alarm.channels };
      });
    }
  }
  return alarms;
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
