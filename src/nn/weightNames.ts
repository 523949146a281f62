import type * as tf from '@tensorflow/tfjs';

/**
 * Names weights as the model declares them (`conv1/kernel`), a repeated name with `#k` added.
 * Unlike `weight.name`, which counts up through a process, this is the same in every process.
 */
export function weightNames(weights: readonly tf.LayerVariable[]): string[] {
  const seen = new Map<string, number>();
  return weights.map(({ originalName }) => {
    const count = seen.get(originalName) ?? 0;
    seen.set(originalName, count + 1);
    return count === 0 ? originalName : `${originalName}#${count}`;
  });
}
