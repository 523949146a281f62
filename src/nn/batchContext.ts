import type * as tf from '@tensorflow/tfjs';
import type { SourcePosition } from '../protocol/userError.ts';
import type { BatchNormState, Handling } from '../protocol/run.ts';
import { UserError } from '../protocol/userError.ts';
import type { ImageSums } from '../stats/moments.ts';
import type { DomainScheme } from './domainScheme.ts';
import type {
  DomainSegment,
  RunningStatistics,
  SiteParameters,
  TestNormalization,
} from './domainSegment.ts';

export type { DomainSegment, RunningStatistics, SiteParameters, TestNormalization };

/** Hears what BatchNorm computes anyway; called during a pass, once per site and pass. */
export interface SiteObserver {
  /**
   * A site has seen its input. `sums` hold the images in the order of `segments`; the means of the
   * images (activations pooled over space, [images, channels]) are shift + Σ(x − shift) / pixels.
   * `running[k]` are the statistics of segment k's domain as they were before this pass moved them.
   * The sums must be copied to outlast the call.
   */
  forward(
    site: number,
    sums: ImageSums,
    segments: readonly DomainSegment[],
    running: readonly RunningStatistics[],
  ): void;
  /**
   * The Euclidean norm of the loss's gradient for γ and β through one domain's images. Not called
   * for a site without γ and β, nor where the loss does not depend on a trainable weight before it.
   */
  gradient(site: number, domain: number, norm: number): void;
}

/** One forward pass, and the backward pass that may follow it. */
export interface BatchPass {
  /** One segment per domain, in the order of the batch; absent domains may be left out. */
  readonly segments: readonly DomainSegment[];
  readonly training: boolean;
  readonly observer?: SiteObserver;
}

/** Which statistics training uses and moves. */
export type StatisticsTreatment = Pick<BatchNormState, 'statisticsUsed' | 'statisticsUpdated'>;

/** Ordinary training. */
export const BATCH_STATISTICS: StatisticsTreatment = {
  statisticsUsed: 'batch',
  statisticsUpdated: true,
};

/** What the trainer, the strategies and the discovery of sites need of a BatchNorm layer. */
export interface SiteLayer {
  readonly name: string;
  /** Where it was constructed, innermost frame first; absolute paths. */
  readonly frames: readonly SourcePosition[];
  readonly channels: number;
  readonly weights: readonly tf.LayerVariable[];
  /** What its γ and β are, or are computed from; none of a frozen layer. */
  readonly trainableWeights: readonly tf.LayerVariable[];
  readonly handling: Handling;
  /** Whether each domain has γ and β of its own. */
  readonly hasOwnParameters: boolean;
  /** Whether there are moving statistics; without, each image is normalized with its own. */
  readonly hasMovingStatistics: boolean;
  /** Weight of the old value when the moving statistics move. */
  readonly momentum: number;
  readonly epsilon: number;
  /** Whether training leaves it as it is, and normalizes with its moving statistics. */
  readonly frozen: boolean;
  /** The ids of its calls; none before {@link assignSites}. */
  readonly sites: readonly number[];
  /** Its γ and β: one for all domains, or one for each. */
  readonly parameters: readonly SiteParameters[];
  /** How often it was called since the pass began. */
  readonly calls: number;
  /**
   * Gives its calls their site ids `first`, `first` + 1, ... in the order in which they happen;
   * `pooled`: all of them are the one site `first`. `calls` is their number in every pass.
   */
  assignSites(first: number, calls: number, pooled: boolean): void;
  /** Says how it treats domains, once; what each gets of its own starts from the present values. */
  treatDomains(scheme: DomainScheme): void;
  /**
   * Says which statistics training uses and whether it moves them, from here on; a frozen layer
   * uses the moving ones and moves none whatever is said. At first it is {@link BATCH_STATISTICS}.
   */
  treatStatistics(treatment: StatisticsTreatment): void;
  /** Returns what normalizes a domain's images at test, if there are moving statistics. */
  atTest(domain: number): TestNormalization;
  /** Returns a copy of the moving statistics that serve a domain at test, without any correction. */
  statisticsOf(domain: number): RunningStatistics;
  /** Replaces the statistics that normalize a domain's images at test, whomever else they serve. */
  replaceStatistics(domain: number, statistics: RunningStatistics): void;
  /** Gives a domain what another has of its own: moving statistics, γ and β. */
  adopt(domain: number, from: number): void;
  startPass(): void;
}

/**
 * Tells a model's BatchNorm layers which domains the batch holds. It is given to the layers when
 * they are constructed, because keyword arguments do not reach layers inside custom layers.
 */
export class BatchContext {
  readonly #layers: SiteLayer[] = [];
  #pass: BatchPass | null = null;

  /** All layers constructed with this context, in the order of construction. */
  get layers(): readonly SiteLayer[] {
    return this.#layers;
  }

  /** The pass under way; null outside of one, where a whole batch is the first domain's. */
  get pass(): BatchPass | null {
    return this.#pass;
  }

  register(layer: SiteLayer): void {
    this.#layers.push(layer);
  }

  /** Announces the next forward pass; it lasts until the next one is announced, or {@link end}. */
  begin(pass: BatchPass): void {
    const segments = pass.segments.filter(({ images }) => images > 0);
    if (segments.length === 0) throw new Error('a batch needs at least one image');
    if (new Set(segments.map(({ domain }) => domain)).size < segments.length) {
      throw new Error('a batch holds at most one segment of each domain');
    }
    this.#pass = { ...pass, segments };
    for (const layer of this.#layers) layer.startPass();
  }

  /** Ends the pass. */
  end(): void {
    this.#pass = null;
  }

  /**
   * Returns the segments of a batch whose batch axis has `rows` rows; a multiple of the images
   * means that each image brings several rows in succession, as after folding time into the batch.
   * @throws UserError if the rows do not divide among the images; `layer` is named in it.
   */
  segmentsOf(rows: number, layer: string): readonly DomainSegment[] {
    if (this.#pass === null) return [{ domain: 0, images: rows }];
    const images = this.#pass.segments.reduce((sum, segment) => sum + segment.images, 0);
    if (rows % images !== 0) {
      throw new UserError(
        `layer "${layer}" received ${rows} rows along the batch axis, which is no multiple of the batch's ${images} images`,
        { hint: 'Keep the batch axis first, and every image in its place along it.' },
      );
    }
    return this.#pass.segments;
  }
}
