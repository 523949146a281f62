import type { ImageSums } from '../../src/stats/moments.ts';
import { ALPHA, BATCH, NO_EFFECT, type Case, type Effect } from './case.ts';
import type { FastRandom } from './fastRandom.ts';
import { changing, gaussian, logNormal, type Population } from './populations.ts';
import { cycledImages, freshImages, type Source } from './source.ts';
import type { WatcherName } from './watchers.ts';

/** A promise: at one tolerance, the median of the steps from onset to flag. */
export interface TargetCase extends Case {
  /** Steps at most; null: a flag in no run at all, as the difference is tolerated. */
  readonly within: number | null;
}

/** Channels of the layer. */
export const CHANNELS = 64;
/** Layers x pairs of a large run, of which one differs. */
export const TESTS = 100;

const SHARED = { runs: 200, tests: TESTS, alpha: ALPHA, needsNet: false, course: null };
const QUARTER = CHANNELS / 4;
/** Steps from onset on in which a flag is waited for. */
const PATIENCE = 300;

export const TARGETS: readonly TargetCase[] = [
  target('ε=0', 'd=0.5 in a quarter', { gap: 0.5, channels: QUARTER }, 20),
  target('ε=0', 'd=0.2 in a quarter', { gap: 0.2, channels: QUARTER }, 26),
  target('ε=0', 'd=0.1 in a quarter', { gap: 0.1, channels: QUARTER }, 53),
  target('ε=0', 'd=0.2 in one channel', { gap: 0.2, channels: 1 }, 101),
  target('ε=0', 'd=0.5 in one channel', { gap: 0.5, channels: 1 }, PATIENCE),
  target('ε=0', 'variance ×1.5 in a quarter', { varianceRatio: 1.5, channels: QUARTER }, 22),
  target(
    'ε=0',
    'd=0.2 in a quarter, from step 1,000',
    { gap: 0.2, channels: QUARTER, onset: 1_000 },
    96,
  ),
  target('ε=0.1', 'RMS gap 0.25', { gap: 0.25, channels: CHANNELS }, 25),
  target('ε=0.1', 'RMS gap 0.20', { gap: 0.2, channels: CHANNELS }, 35),
  target('ε=0.1', 'RMS gap 0.15', { gap: 0.15, channels: CHANNELS }, 70),
  // A test's share of α is 1 in 2,000.
  { ...target('ε=0.1', 'RMS gap 0.10', { gap: 0.1, channels: CHANNELS }, null), runs: 2_000 },
  target('ε=0.1', 'RMS gap 0.08', { gap: 0.08, channels: CHANNELS }, null),
  skewed(),
  target('ε=0.1', 'd=0.5 in one channel', { gap: 0.5, channels: 1 }, PATIENCE),
  fewImages(),
];

/** Channels that differ, gaps and variance ratios of the grid; together nothing is no effect. */
export const GRID: readonly Case[] = [0, 1_000].flatMap((onset) =>
  [1, 1.5].flatMap((varianceRatio) =>
    [0, 0.1, 0.2, 0.5].flatMap((gap) =>
      [1, QUARTER, CHANNELS].flatMap((channels) =>
        gap === 0 && varianceRatio === 1 ? [] : [gridCase({ gap, varianceRatio, channels, onset })],
      ),
    ),
  ),
);

function target(
  watcher: WatcherName,
  title: string,
  difference: Partial<Effect>,
  within: number | null,
): TargetCase {
  const effect = { ...NO_EFFECT, ...difference };
  return {
    ...SHARED,
    id: `target/${watcher}, ${title}`,
    title,
    effect,
    within,
    watchers: [watcher],
    steps: within === null ? 1_000 : PATIENCE,
    open: (random) => differing(random, effect),
  };
}

/** Channels whose standard errors vary with their means: less than the tolerance is let pass. */
function skewed(): TargetCase {
  const gap = 0.08;
  const one = target('ε=0.1', 'RMS gap 0.08, log-normal', { gap, channels: CHANNELS }, null);
  const populations = [logNormal(), logNormal(gap)] as const;
  return { ...one, open: (random) => freshImages(random, [CHANNELS], BATCH, populations) };
}

/** 50 real images, each seen in most steps, against 2,000 synthetic ones. */
function fewImages(): TargetCase {
  const title = 'RMS gap 0.5, 2,000 against 50 images, cycled';
  const effect: Effect = { ...NO_EFFECT, gap: 0.5, channels: CHANNELS };
  return {
    ...SHARED,
    id: `target/${title}`,
    title,
    effect,
    within: 60,
    watchers: ['ε=0.1'],
    steps: PATIENCE,
    open(random) {
      const [many, few] = [2_000, 50];
      const sums = new Float32Array(2 * (many + few) * CHANNELS);
      const start = 2 * many * CHANNELS;
      const [first, second] = populationsOf(effect);
      first.draw(random, sums.subarray(0, start), CHANNELS, 1);
      second.draw(random, sums.subarray(start), CHANNELS, 1);
      const shift = new Float32Array(CHANNELS);
      const pool: ImageSums = { images: many + few, pixels: 1, channels: CHANNELS, shift, sums };
      const order = Int32Array.from({ length: pool.images }, (_, image) => image);
      return cycledImages(random, [pool], [order.slice(0, many), order.slice(many)], BATCH);
    },
  };
}

function gridCase(effect: Effect): Case {
  const { gap, varianceRatio, channels, onset } = effect;
  const title = `gap ${gap}, variance ×${varianceRatio}, ${channels} channels, after ${onset}`;
  return {
    ...SHARED,
    runs: 50,
    id: `grid/${title}`,
    title,
    effect,
    watchers: ['ε=0', 'ε=0.1'],
    steps: PATIENCE,
    open: (random) => differing(random, effect),
  };
}

function differing(random: FastRandom, effect: Effect): Source {
  return freshImages(random, [CHANNELS], BATCH, populationsOf(effect));
}

function populationsOf({
  gap,
  varianceRatio,
  channels,
  onset,
}: Effect): readonly [Population, Population] {
  const deviation = Math.sqrt(varianceRatio);
  const different = gaussian((channel) => (channel < channels ? [gap, deviation] : [0, 1]));
  return [gaussian(), onset === 0 ? different : changing(onset, gaussian(), different)];
}
