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
