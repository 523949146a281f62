/** How well a layer's statistics are known from the images of a domain. */
export interface LayerEstimate {
  readonly layer: string;
  /** The layer's first call: a site's id. */
  readonly site: number;
  /** RMS over channels of the standard error of the mean, in deviations of the channel. */
  readonly meanSe: number;
  /** RMS over channels of the standard error of ln(deviation). */
  readonly logDeviationSe: number;
  /** About so many images bring both below 0.1, what flags tolerate by default. */
  readonly enough: number;
}

/** The weights of the chosen checkpoint were adapted to a domain. */
export interface AdaptationEvent {
  readonly type: 'adaptation';
  /** The run's last one. */
  readonly step: number;
  readonly domain: number;
  /** The name on the axis. */
  readonly name: string;
  /** Training images that were used, without labels. */
  readonly images: number;
  /** Where the adapted weights are, relative to the run directory. */
  readonly file: string;
  readonly layers: readonly LayerEstimate[];
  /** Mean entropy of the predictions in each step that was trained, nats; empty without any. */
  readonly entropies: readonly number[];
}
