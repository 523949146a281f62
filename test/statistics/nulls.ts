import { permutation } from '../../src/stats/random.ts';
import { ALPHA, BATCH, NO_EFFECT, type Case } from './case.ts';
import {
  drifting,
  gaussian,
  logNormal,
  rectified,
  smoothFields,
  type Population,
} from './populations.ts';
import { cycledImages, freshImages } from './source.ts';
import type { WatcherName } from './watchers.ts';

/** Channels of the ten layers of a run whose images are drawn. */
export const WIDTHS: readonly number[] = [4, 8, 8, 8, 12, 12, 16, 16, 24, 48];

const CONTRASTS: readonly WatcherName[] = ['Bonferroni per step', 'cumulative z'];
const SHARED = {
  effect: NO_EFFECT,
  runs: 400,
  steps: 2_000,
  tests: WIDTHS.length,
  course: null,
  alpha: ALPHA,
};

/** Two domains of one population: every alarm is a false one. */
export const NULLS: readonly Case[] = [
  fresh('gaussian', 'Gaussian', gaussian),
  fresh('log-normal', 'Log-normal', logNormal),
  fresh('relu', 'ReLU, some channels nearly dead', rectified),
  fresh('drifting', 'Gaussian, moments drift', drifting),
  fresh('convolution', 'Convolution, pixels and channels correlated', smoothFields),
  ...[50, 200, 1_000].map((images) => halvesOfDigits(images / 2, images / 2)),
  ...[50, 200, 1_000].map((images) => halvesOfDigits(2_000, images)),
];

function fresh(name: string, title: string, populationOf: () => Population): Case {
  return {
    ...SHARED,
    id: `null/${name}`,
    title: `${title}; new images`,
    watchers: ['ε=0', 'ε=0.1', ...CONTRASTS],
    needsNet: false,
    open(random) {
      const population = populationOf();
      return freshImages(random, WIDTHS, BATCH, [population, population]);
    },
  };
}

/** ε=0 is promised for new images only: two finite sets do differ. */
function halvesOfDigits(first: number, second: number): Case {
  return {
    ...SHARED,
    id: `null/digits-${first}-${second}`,
    title: `Trained net; ${first} against ${second} real digits, cycled`,
    watchers: ['ε=0.1', ...CONTRASTS],
    needsNet: true,
    open(random, net) {
      const order = permutation(net[0]!.images, () => random.uniform());
      const sets = [order.slice(0, first), order.slice(first, first + second)] as const;
      return cycledImages(random, net, sets, BATCH);
    },
  };
}
