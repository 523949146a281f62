import type { SiteLayer } from '../../nn/batchContext.ts';

/** A choice on the normalization axis: how BatchNorm treats several domains. */
export interface Normalization {
  readonly name: string;
  /** Configures a freshly built model's BatchNorm layers. */
  prepare(layers: readonly SiteLayer[], domainNames: readonly string[]): void;
}
