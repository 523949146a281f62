/** Points in space, [count, dimensions] in row order. */
export interface Sample {
  readonly values: Float32Array;
  readonly count: number;
  readonly dimensions: number;
}

/** Throws a RangeError if two samples differ in dimensions or one has fewer points than `least`. */
export function requireComparable(a: Sample, b: Sample, least: number): void {
  if (b.dimensions !== a.dimensions) {
    throw new RangeError(`cannot compare ${a.dimensions} dimensions with ${b.dimensions}`);
  }
  if (Math.min(a.count, b.count) < least) {
    throw new RangeError(`cannot compare ${a.count} points with ${b.count}: ${least} are needed`);
  }
}
