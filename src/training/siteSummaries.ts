import type { SiteLayer, SiteParameters } from '../nn/batchContext.ts';
import { largestScale } from '../nn/largestScale.ts';

/** Returns γ and β of each of so many sites as they are now, once for each domain that has its own. */
export function parametersBySite(layers: readonly SiteLayer[], sites: number): SiteParameters[][] {
  const all = Array.from({ length: sites }, (): SiteParameters[] => []);
  for (const layer of layers) for (const site of layer.sites) all[site]!.push(...layer.parameters);
  return all;
}

/** Returns the {@link largestScale} of each of so many sites. */
export function scalesBySite(
  layers: readonly SiteLayer[],
  sites: number,
  domains: number,
): (number | null)[] {
  const scales = Array.from({ length: sites }, (): number | null => null);
  for (const layer of layers) {
    const scale = largestScale(layer, domains);
    for (const site of layer.sites) scales[site] = scale;
  }
  return scales;
}
