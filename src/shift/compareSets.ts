import { UserError } from '../protocol/userError.ts';
import { channelDivergences, type Divergences } from '../stats/channelDivergences.ts';
import { featureTest } from '../stats/featurePermutation.ts';
import { layerDivergences, type LayerDivergences } from '../stats/layerDivergences.ts';
import { PooledKernels } from '../stats/mmdKernels.ts';
import { linearMmd, type LinearMmd } from '../stats/mmdLinear.ts';
import { permutationTest, type MmdTest } from '../stats/mmdPermutation.ts';
import { randomStream } from '../stats/random.ts';
import type { Sample } from '../stats/sample.ts';
import type { ImageMoments } from '../stats/streamingMoments.ts';
import { collectSet, type CollectedSet } from './collectSet.ts';
import type { Points } from './pointReservoir.ts';
import type { ValueSet } from './valueSet.ts';

/** Rows or images of each set that the permutation tests look at. */
const MOST_KEPT = 500;

const PERMUTATIONS = 999;

/** The same comparison gives the same numbers. */
const SEED = 1;

/** Where one of two sets lies. */
export interface Moments {
  readonly mean: number;
  /** Square root of the variance over all rows, or all pixels of all images. */
  readonly deviation: number;
}

/** How one feature differs between the sets. */
export interface FeatureShift {
  readonly name: string;
  readonly a: Moments;
  readonly b: Moments;
  /** Null if the feature is constant in a set, or alike in all rows or images. */
  readonly distances: Divergences | null;
  /** Corrected for having looked at all features: that means differ, and that deviations do. */
  readonly meanP: number;
  readonly deviationP: number;
}

/** One of the two sets, and its rows or images. */
export interface ComparedSet extends Pick<ValueSet, 'path' | 'kind' | 'size' | 'range'> {
  readonly count: number;
}

/** How two sets differ. */
export interface ShiftReport {
  readonly a: ComparedSet;
  readonly b: ComparedSet;
  /** Averages over features that have distances; null if none has. */
  readonly distances: LayerDivergences | null;
  /** On each row, or each image's means, every feature in units of its deviation. */
  readonly mmd: MmdTest;
  /** Of all that pair up and memory holds, where permutations look at a part of both; else null. */
  readonly linearMmd: LinearMmd | null;
  /** Those with most evidence first. */
  readonly features: readonly FeatureShift[];
}

/** Compares two sets; throws a UserError if they do not have the same features. */
export async function compareSets(a: ValueSet, b: ValueSet): Promise<ShiftReport> {
  const names = commonFeatures(a, b);
  const ofA = await collectSet(a, MOST_KEPT, randomStream(SEED, 'a'));
  const ofB = await collectSet(b, MOST_KEPT, randomStream(SEED, 'b'));
  const { meanP, varianceP } = featureTest(
    ofA.kept,
    ofB.kept,
    PERMUTATIONS,
    randomStream(SEED, 'features'),
  );
  const features = names.map((name, feature) => ({
    name,
    a: momentsOf(ofA, feature),
    b: momentsOf(ofB, feature),
    distances: channelDivergences(ofA.moments, ofB.moments, feature),
    meanP: meanP[feature]!,
    deviationP: varianceP[feature]!,
  }));
  const [sampleA, sampleB] = standardized(pointsOf(ofA.kept), pointsOf(ofB.kept));
  const distances = layerDivergences(ofA.moments, ofB.moments, ofA.sample, ofB.sample);
  const isPart = Math.min(ofA.count, ofB.count) > MOST_KEPT;
  return {
    a: comparedSet(a, ofA),
    b: comparedSet(b, ofB),
    distances: distances.channels === 0 ? null : distances,
    mmd: permutationTest(
      new PooledKernels(sampleA, sampleB, 'five-kernels'),
      PERMUTATIONS,
      randomStream(SEED, 'mmd'),
    ),
    linearMmd: isPart ? linearMmd(...standardized(ofA.points, ofB.points)) : null,
    features: features.sort(byEvidence),
  };
}

function comparedSet({ path, kind, size, range }: ValueSet, { count }: CollectedSet): ComparedSet {
  return { path, kind, count, size, range };
}

function commonFeatures(a: ValueSet, b: ValueSet): readonly string[] {
  if (a.kind !== b.kind) {
    const [rows, images] = a.kind === 'rows' ? [a, b] : [b, a];
    throw new UserError(`"${rows.path}" is a table, but "${images.path}" holds images`, {
      hint: 'Compare two tables or two sets of images.',
    });
  }
  const [inA, inB] = [a.features, b.features];
  if (inA.length !== inB.length) {
    const what = a.kind === 'rows' ? 'columns' : 'channels';
    throw new UserError(
      `"${a.path}" has ${inA.length} ${what}, but "${b.path}" has ${inB.length}`,
      { hint: `Give both sets the same ${what}.` },
    );
  }
  const other = inA.findIndex((name, column) => name !== inB[column]);
  if (a.isNamed && b.isNamed && other >= 0) {
    throw new UserError(
      `column ${other + 1} is "${inA[other] ?? ''}" in "${a.path}", but "${inB[other] ?? ''}" in "${b.path}"`,
      { hint: 'Give both tables the same columns in the same order.' },
    );
  }
  return b.isNamed ? inB : inA;
}

function momentsOf({ moments }: CollectedSet, feature: number): Moments {
  return { mean: moments.mean[feature]!, deviation: Math.sqrt(moments.variance[feature]!) };
}

function pointsOf(images: readonly ImageMoments[]): Points {
  const dimensions = images[0]!.mean.length;
  const values = new Float64Array(images.length * dimensions);
  images.forEach(({ mean }, image) => {
    values.set(mean, image * dimensions);
  });
  return { values, count: images.length, dimensions };
}

/** Brings all features to one scale, that of both sets together. */
function standardized(a: Points, b: Points): [Sample, Sample] {
  const { dimensions } = a;
  const scales = Array.from({ length: dimensions }, (_, feature) => {
    const first = a.values[feature]!;
    const average = (value: (mean: number) => number): number => {
      let sum = 0;
      for (const { values } of [a, b]) {
        for (let at = feature; at < values.length; at += dimensions) sum += value(values[at]!);
      }
      return sum / (a.count + b.count);
    };
    const centre = first + average((mean) => mean - first);
    const deviation = Math.sqrt(average((mean) => (mean - centre) ** 2));
    return { centre, perUnit: deviation === 0 ? 0 : 1 / deviation };
  });
  const sampleOf = ({ values, count }: Points): Sample => {
    const scaled = new Float32Array(values.length);
    for (let at = 0; at < scaled.length; at++) {
      const { centre, perUnit } = scales[at % dimensions]!;
      scaled[at] = (values[at]! - centre) * perUnit;
    }
    return { values: scaled, count, dimensions };
  };
  return [sampleOf(a), sampleOf(b)];
}

/** By p, and where permutations do not tell further, by differences in standard errors. */
function byEvidence(x: FeatureShift, y: FeatureShift): number {
  return smallestP(x) - smallestP(y) || inErrors(y) - inErrors(x);
}

/** The p of a feature's difference in whatever. */
function smallestP({ meanP, deviationP }: FeatureShift): number {
  return Math.min(meanP, deviationP);
}

function inErrors(shift: FeatureShift): number {
  // Constant in one set or in both.
  if (shift.distances === null) return smallestP(shift) < 1 ? Infinity : 0;
  const { gap, logVarianceRatio } = shift.distances;
  return Math.max(
    Math.abs(gap.value) / gap.expected,
    Math.abs(logVarianceRatio.value) / logVarianceRatio.expected,
  );
}
