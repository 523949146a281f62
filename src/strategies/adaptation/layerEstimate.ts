import type { SiteLayer } from '../../nn/batchContext.ts';
import type { LayerEstimate } from '../../protocol/adaptation.ts';
import type { ChannelMoments } from '../../stats/moments.ts';

/** Errors that do not matter: the default of the flags' tolerance. */
const TOLERATED = 0.1;

/**
 * Says how well a layer's statistics are known. Standard errors fall with the root of the number of
 * images, whence how many are enough. Channels that do not vary say nothing.
 */
export function layerEstimate(
  { name, sites }: SiteLayer,
  { images, channels, variance, meanSe, logVarianceSe }: ChannelMoments,
): LayerEstimate {
  let meanSquares = 0;
  let logSquares = 0;
  let varying = 0;
  for (let c = 0; c < channels; c++) {
    if (!(variance[c]! > 0)) continue;
    meanSquares += meanSe[c]! ** 2 / variance[c]!;
    logSquares += (logVarianceSe[c]! / 2) ** 2;
    varying++;
  }
  const perChannel = 1 / Math.max(varying, 1);
  const worst = Math.max(meanSquares, logSquares) * perChannel;
  return {
    layer: name,
    site: sites[0]!,
    meanSe: Math.sqrt(meanSquares * perChannel),
    logDeviationSe: Math.sqrt(logSquares * perChannel),
    enough: Math.ceil((images * worst) / TOLERATED ** 2),
  };
}
