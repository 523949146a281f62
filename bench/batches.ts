import type { Batch, BatchSegment } from '../src/data/loader.ts';
import { randomStream } from '../src/stats/random.ts';
import { CLASSES, inputShapeOfNet, type NetName } from './nets.ts';

/** Batches that a contender trains on, again and again. */
const COUNT = 4;

/**
 * Draws batches of `images` images that a net can learn: noise, brighter by one in every tenth
 * pixel, counted from the class. `domains` labelled domains have equal shares of the images.
 */
export function drawBatches(
  net: NetName,
  { images, domains }: { readonly images: number; readonly domains: number },
): Batch[] {
  const pixels = inputShapeOfNet(net).reduce((a, b) => a * b);
  const segments: BatchSegment[] = Array.from({ length: domains }, (_, domain) => ({
    domain,
    images: images / domains,
  }));
  return Array.from({ length: COUNT }, (_, index) => {
    const random = randomStream(1, 'bench', index);
    const labels = Int32Array.from({ length: images }, () => Math.floor(random() * CLASSES));
    const values = new Float32Array(images * pixels);
    for (let i = 0; i < values.length; i++) {
      const label = labels[Math.floor(i / pixels)]!;
      values[i] = random() - 0.5 + Number((i % pixels) % CLASSES === label);
    }
    let first = 0;
    return {
      images: values,
      segments,
      labels: segments.map((segment) => labels.subarray(first, (first += segment.images))),
    };
  });
}
