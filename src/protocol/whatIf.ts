import type { SplitMetrics } from './events.ts';

/** Validation accuracy with some statistics replaced; gains are differences to the trained ones. */
export interface Replacement extends Pick<SplitMetrics, 'accuracy' | 'low' | 'high'> {
  readonly gain: number;
  /** 95% interval of the gain: both were measured on the same images. */
  readonly gainLow: number;
  readonly gainHigh: number;
}

/** What one layer's statistics cost on a real domain. */
export interface LayerReplacement extends Replacement {
  readonly layer: string;
  /** The layer's first call: a site's id. */
  readonly site: number;
  /** RMS over channels of (trained mean − the domain's) / trained deviation; null if no channel varies. */
  readonly meanSkew: number | null;
  /** RMS over channels of ln(trained deviation / the domain's). */
  readonly varianceSkew: number | null;
}

/** What the trained statistics cost on one real domain. */
export interface DomainWhatIf {
  readonly domain: string;
  /** Training images, without labels, from which the domain's statistics were taken. */
  readonly images: number;
  /** Accuracy on the validation part with the trained statistics. */
  readonly trained: Pick<SplitMetrics, 'accuracy' | 'low' | 'high' | 'n'>;
  /** One layer replaced at a time, the largest gain first. */
  readonly layers: readonly LayerReplacement[];
  /** All layers replaced, one after the other. */
  readonly all: Replacement;
}

/** What `bn-lens whatif` measures; kept in the run's directory. */
export interface WhatIfReport {
  /** Name of the run. */
  readonly run: string;
  /** Step of the checkpoint, the one that validation chose. */
  readonly step: number;
  /** Each real domain with labels and a validation part. */
  readonly domains: readonly DomainWhatIf[];
  readonly seconds: number;
}
