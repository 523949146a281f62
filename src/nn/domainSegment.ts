/** A run of consecutive images of one domain in a concatenated batch. */
export interface DomainSegment {
  readonly domain: number;
  readonly images: number;
}

/** Statistics that a domain is normalized with at test, [channels] each; the variance is biased. */
export interface RunningStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** γ and β as they are now, [channels] each; null in a layer without. */
export interface SiteParameters {
  readonly gamma: Float32Array | null;
  readonly beta: Float32Array | null;
}

/** What a domain's images go through at test: y = γ·(x − mean)/√(variance + ε) + β, by channel. */
export interface TestNormalization extends RunningStatistics, SiteParameters {}
