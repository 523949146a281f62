import type { RunningStatistics } from '../../nn/batchContext.ts';
import type { LayerEstimate } from '../../protocol/adaptation.ts';
import type { ChannelMoments } from '../../stats/moments.ts';
import { layerEstimate } from './layerEstimate.ts';
import { layerMoments, type TargetImages, type TrainedNetwork } from './layerMoments.ts';

/** What a layer gets, from its trained statistics and the target's own. */
export type Mix = (source: RunningStatistics, target: ChannelMoments) => RunningStatistics;

/** The target's own statistics. */
export const targetOnly: Mix = (_, { mean, variance }) => ({
  mean: Float32Array.from(mean),
  variance: Float32Array.from(variance),
});

/**
 * Replaces the statistics that serve the target's domain layer by layer, in the order of their
 * calls, and measures each anew before: what a layer receives changes once earlier ones are adapted.
 * Says how well each layer's were known.
 */
export async function replaceStatistics(
  network: TrainedNetwork,
  target: TargetImages,
  mix: Mix,
): Promise<LayerEstimate[]> {
  const estimates: LayerEstimate[] = [];
  let latest = await layerMoments(network, target);
  const order = [...latest.keys()];
  for (const [index, layer] of order.entries()) {
    if (index > 0) latest = await layerMoments(network, target);
    const moments = latest.get(layer)!;
    layer.replaceStatistics(target.domain, mix(layer.statisticsOf(target.domain), moments));
    estimates.push(layerEstimate(layer, moments));
  }
  return estimates;
}
