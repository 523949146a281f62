import type { RunningStatistics, SiteLayer } from '../../nn/batchContext.ts';
import type { ChannelMoments, CovariedMoments } from '../../stats/moments.ts';
import { layerMoments, type TargetImages, type TrainedNetwork } from './layerMoments.ts';

/** What a layer gets, from its statistics and the target's own. */
export type Mix = (source: RunningStatistics, target: ChannelMoments) => RunningStatistics;

/** The target's own statistics: AdaBN (Li et al. 2016). */
export const TARGET_ONLY: Mix = (_, { mean, variance }) => ({
  mean: Float32Array.from(mean),
  variance: Float32Array.from(variance),
});

/**
 * Replaces the statistics that serve the target's domain layer by layer, in the order of their
 * calls, and measures each anew before: what a layer receives changes once earlier ones are adapted.
 * Returns what was measured at each layer.
 */
export async function replaceStatistics(
  network: TrainedNetwork,
  target: TargetImages,
  mix: Mix,
): Promise<Map<SiteLayer, CovariedMoments>> {
  const measured = new Map<SiteLayer, CovariedMoments>();
  const { domain } = target;
  let latest = await layerMoments(network, target);
  const order = [...latest.keys()];
  for (const [index, layer] of order.entries()) {
    if (index > 0) latest = await layerMoments(network, target);
    const moments = latest.get(layer)!;
    layer.replaceStatistics(domain, mix(layer.atTest(domain), moments));
    measured.set(layer, moments);
  }
  return measured;
}
