import { unbiasedMmd2 } from './mmd.ts';
import type { PooledKernels, SplitSums } from './mmdKernels.ts';

/** The unbiased MMD² between the points of one class, with the bandwidths of all points. */
export interface ClassMmd {
  readonly label: number;
  readonly mmd2: number;
  readonly n: number;
  readonly m: number;
}

/**
 * Compares two samples class by class, which tells a difference of the domains from a different mix
 * of classes. All classes are measured with the kernels of the whole samples, so that they can be
 * compared with each other.
 *
 * @param a - the class of each point of the first sample; negative where it is not known
 * @param b - and of the second
 * @returns the classes of which both samples have at least two points, ascending
 */
export function classMmd(kernels: PooledKernels, a: Int32Array, b: Int32Array): ClassMmd[] {
  const classes = [...new Set(a)].filter((label) => label >= 0).sort((x, y) => x - y);
  const compared = classes.flatMap((label) => {
    const [ofA, ofB] = [pointsOf(label, a, 0), pointsOf(label, b, kernels.n)];
    return ofA.length < 2 || ofB.length < 2 ? [] : [{ label, ofA, ofB, mmd2: 0 }];
  });
  for (const kernel of kernels.widestFirst()) {
    for (const each of compared) {
      const { ofA, ofB } = each;
      const [withinA, withinB] = [kernel.within(ofA), kernel.within(ofB)];
      const all = kernel.within(Int32Array.of(...ofA, ...ofB));
      const sums: SplitSums = { withinA, withinB, between: all - withinA - withinB };
      each.mmd2 += unbiasedMmd2(sums, ofA.length, ofB.length);
    }
  }
  return compared.map(({ label, mmd2, ofA, ofB }) => ({
    label,
    mmd2,
    n: ofA.length,
    m: ofB.length,
  }));
}

/** Returns the points of a class, ascending; those of the sample are numbered from `first` on. */
function pointsOf(label: number, labels: Int32Array, first: number): Int32Array {
  const points: number[] = [];
  labels.forEach((own, point) => {
    if (own === label) points.push(first + point);
  });
  return Int32Array.from(points);
}
