import type { Sample } from '../../../src/stats/sample.ts';

/** Makes a sample of its points. */
export function sampleOf(points: readonly (readonly number[])[]): Sample {
  return {
    values: Float32Array.from(points.flat()),
    count: points.length,
    dimensions: points[0]?.length ?? 0,
  };
}

/** Draws `count` points, one coordinate after the other. */
export function drawSample(count: number, dimensions: number, draw: () => number): Sample {
  const values = Float32Array.from({ length: count * dimensions }, draw);
  return { values, count, dimensions };
}

/** Returns the coordinates of a point. */
export function pointOf({ values, dimensions }: Sample, point: number): Float32Array {
  return values.subarray(point * dimensions, (point + 1) * dimensions);
}

export function meanAndSe(values: readonly number[]): [mean: number, se: number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return [mean, Math.sqrt(square / (values.length * (values.length - 1)))];
}
