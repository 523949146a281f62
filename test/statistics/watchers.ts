import { normalQuantile } from '../../src/stats/chiSquareSum.ts';
import type { PairDivergence } from '../../src/stats/divergence.ts';
import { EProcess, logThreshold } from '../../src/stats/eProcess.ts';

/** What is watched: one layer's pair of domains, one of `tests`. */
export interface Watched {
  readonly channels: number;
  readonly distinctImages: readonly [number, number];
  /** Tests that share `alpha`. */
  readonly tests: number;
  readonly alpha: number;
}

/** Looks at each step of a layer in turn and says whether it gives an alarm there. */
export type Watcher = (divergence: PairDivergence, images: number) => boolean;

/** The flag at both tolerances, and two rules of common use for contrast. */
export const WATCHERS = {
  'ε=0': flag(0),
  'ε=0.1': flag(0.1),
  'Bonferroni per step': bonferroni,
  'cumulative z': cumulative,
} satisfies Readonly<Record<string, (watched: Watched) => Watcher>>;

export type WatcherName = keyof typeof WATCHERS;

/** Begins the product's test of a layer. */
export function flagProcess(
  tolerance: number,
  { channels, distinctImages, tests, alpha }: Watched,
): EProcess {
  return new EProcess({ channels, tolerance, distinctImages, level: alpha / tests });
}

function flag(tolerance: number): (watched: Watched) => Watcher {
  return (watched) => {
    const process = flagProcess(tolerance, watched);
    const threshold = logThreshold(watched.tests, watched.alpha);
    return (divergence, images) => process.update(divergence, [images, images]) >= threshold;
  };
}

/** A z-test of every mean and log variance, its level divided by their number in all layers. */
function bonferroni(watched: Watched): Watcher {
  const threshold = bonferroniThreshold(watched);
  return ({ meanZ, logVarianceZ }) =>
    meanZ.some((z) => Math.abs(z) > threshold) || logVarianceZ.some((z) => Math.abs(z) > threshold);
}

/** The same test of each component's sum over all steps so far, at every step. */
function cumulative(watched: Watched): Watcher {
  const threshold = bonferroniThreshold(watched);
  const { channels } = watched;
  const sums = new Float64Array(2 * channels);
  let steps = 0;
  return ({ meanZ, logVarianceZ }) => {
    steps++;
    const limit = threshold * Math.sqrt(steps);
    let isAlarm = false;
    for (let channel = 0; channel < channels; channel++) {
      sums[channel]! += meanZ[channel]!;
      sums[channels + channel]! += logVarianceZ[channel]!;
      isAlarm ||= Math.abs(sums[channel]!) > limit || Math.abs(sums[channels + channel]!) > limit;
    }
    return isAlarm;
  };
}

function bonferroniThreshold({ channels, tests, alpha }: Watched): number {
  return normalQuantile(alpha / (2 * tests * 2 * channels));
}
