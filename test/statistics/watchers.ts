import { normalQuantile } from '../../src/stats/chiSquareSum.ts';
import type { PairDivergence } from '../../src/stats/divergence.ts';
import { FlagRule } from '../../src/stats/flagRule.ts';

/** What is watched: one layer's pair of domains, one of `tests`. */
export interface Watched {
  readonly channels: number;
  readonly distinctImages: readonly [number, number];
  /** Tests that share `alpha`. */
  readonly tests: number;
  readonly alpha: number;
}

/** What is said when an alarm is given. */
export interface Alarm {
  /** The first step of what it is about, as far as the watcher tells. */
  readonly onset: number | null;
  /** The channels that are held to differ, as far as the watcher names any. */
  readonly channels: readonly number[];
}

/** Looks at each step of a layer in turn, from 1, and may give an alarm or take its own back. */
export type Watcher = (
  step: number,
  divergence: PairDivergence,
  images: number,
) => Alarm | 'cleared' | null;

type FlagName = keyof typeof TOLERANCES;

const UNNAMED: Alarm = { onset: null, channels: [] };

const TOLERANCES = { 'ε=0': 0, 'ε=0.1': 0.1 };

/** The flag at both tolerances, and two rules of common use for contrast. */
export const WATCHERS = {
  'ε=0': flag(TOLERANCES['ε=0']),
  'ε=0.1': flag(TOLERANCES['ε=0.1']),
  'Bonferroni per step': bonferroni,
  'cumulative z': cumulative,
} satisfies Readonly<Record<string, (watched: Watched) => Watcher>>;

export type WatcherName = keyof typeof WATCHERS;

/** Returns the tolerances of those watchers that are flags. */
export function tolerancesOf(names: readonly WatcherName[]): number[] {
  return names.flatMap((name) => (name in TOLERANCES ? [TOLERANCES[name as FlagName]] : []));
}

/** Begins the product's test of a layer. */
export function flagRule(
  tolerance: number,
  { channels, distinctImages, tests, alpha }: Watched,
): FlagRule {
  return new FlagRule({ channels, tolerance, distinctImages, level: alpha / tests, alpha });
}

function flag(tolerance: number): (watched: Watched) => Watcher {
  return (watched) => {
    const rule = flagRule(tolerance, watched);
    return (step, divergence, images) => {
      const { raised, cleared } = rule.update(step, divergence, [images, images]);
      return raised ?? (cleared && 'cleared') ?? null;
    };
  };
}

/** A z-test of every mean and log variance, its level divided by their number in all layers. */
function bonferroni(watched: Watched): Watcher {
  const threshold = bonferroniThreshold(watched);
  const exceeds = (z: number) => Math.abs(z) > threshold;
  return (_step, { meanZ, logVarianceZ }) =>
    meanZ.some(exceeds) || logVarianceZ.some(exceeds) ? UNNAMED : null;
}

/** The same test of each component's sum over all steps so far, at every step. */
function cumulative(watched: Watched): Watcher {
  const threshold = bonferroniThreshold(watched);
  const { channels } = watched;
  const sums = new Float64Array(2 * channels);
  return (step, { meanZ, logVarianceZ }) => {
    const limit = threshold * Math.sqrt(step);
    let isAlarm = false;
    for (let channel = 0; channel < channels; channel++) {
      sums[channel]! += meanZ[channel]!;
      sums[channels + channel]! += logVarianceZ[channel]!;
      isAlarm ||= Math.abs(sums[channel]!) > limit || Math.abs(sums[channels + channel]!) > limit;
    }
    return isAlarm ? UNNAMED : null;
  };
}

function bonferroniThreshold({ channels, tests, alpha }: Watched): number {
  return normalQuantile(alpha / (2 * tests * 2 * channels));
}
