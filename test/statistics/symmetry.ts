import type { ImageSums } from '../../src/stats/moments.ts';
import { ALPHA, SEED, type Case } from './case.ts';
import { FastRandom } from './fastRandom.ts';
import { NULLS } from './nulls.ts';
import { swapped } from './source.ts';
import { TARGETS } from './powers.ts';
import { pairComparison } from './trial.ts';
import { flagRule, tolerancesOf } from './watchers.ts';

/** What exchanging the domains changes; it should change nothing but rounding. */
export interface Symmetry {
  /** Layers, at each tolerance, that were watched twice, once with the domains exchanged. */
  readonly layers: number;
  readonly steps: number;
  /** The largest difference of two logarithms of e-values. */
  readonly largest: number;
}

/** Differences of ln E beyond this are more than rounding. */
export const ROUNDING = 1e-9;
const STEPS = 100;

/**
 * Watches the layers of one run of every null and target, at the tolerances that it is about, with
 * the domains both ways round.
 */
export function measureSymmetry(net: readonly ImageSums[]): Symmetry {
  const cases = [...NULLS, ...TARGETS].filter(({ needsNet }) => !needsNet || net.length > 0);
  const differences = cases.flatMap((one) =>
    tolerancesOf(one.watchers).flatMap((tolerance) => differencesOf(one, tolerance, net)),
  );
  return { layers: differences.length, steps: STEPS, largest: Math.max(...differences) };
}

/** Returns the largest difference in each layer. */
function differencesOf(
  { id, tests, open }: Case,
  tolerance: number,
  net: readonly ImageSums[],
): number[] {
  const source = open(new FastRandom(SEED, 'symmetry', id), net);
  const ways = [source, swapped(source)].map((way) => ({
    compare: pairComparison(way),
    rules: way.layers.map(([{ channels }]) =>
      flagRule(tolerance, { channels, distinctImages: way.distinctImages, tests, alpha: ALPHA }),
    ),
  }));
  const largest = source.layers.map(() => 0);
  for (let step = 1; step <= STEPS; step++) {
    source.advance(step);
    source.layers.forEach(([{ images }], layer) => {
      const [one, other] = ways.map(({ compare, rules }) => {
        return rules[layer]!.update(step, compare(layer), [images, images]).logE;
      });
      largest[layer] = Math.max(largest[layer]!, Math.abs(one! - other!));
    });
  }
  return largest;
}
