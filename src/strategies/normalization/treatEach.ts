import { MIXED_SCHEME, type DomainScheme } from '../../nn/domainScheme.ts';
import type { NormalizedModel } from './normalization.ts';

/** Treats a model's domains in all its layers as ordinary BatchNorm does, but for the changes. */
export function treatEach(
  { layers, domains }: NormalizedModel,
  changes: Partial<DomainScheme>,
): void {
  const names = domains.map(({ name }) => name);
  for (const layer of layers) {
    layer.treatDomains({ ...MIXED_SCHEME, domains: names, ...changes });
  }
}
