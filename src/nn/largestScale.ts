import type { SiteLayer } from './batchContext.ts';

/**
 * Returns the most by which a layer multiplies a channel of any domain at test, |γ|/√(σ² + ε): how far
 * it stretches a difference between its inputs. Null for a layer that keeps no statistics.
 */
export function largestScale(layer: SiteLayer, domains: number): number | null {
  if (!layer.hasMovingStatistics) return null;
  const scales = Array.from({ length: domains }, (_, domain) => {
    const { gamma, variance } = layer.atTest(domain);
    return variance.reduce(
      (most, value, c) =>
        Math.max(most, Math.abs(gamma?.[c] ?? 1) / Math.sqrt(value + layer.epsilon)),
      0,
    );
  });
  return Math.max(...scales);
}
