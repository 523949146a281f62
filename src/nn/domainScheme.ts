import type * as tf from '@tensorflow/tfjs';
import { commonAffine, type AffineScheme } from './affine.ts';
import type { Correction } from './affineCorrection.ts';
import type { DomainSegment, RunningStatistics } from './domainSegment.ts';
import type { ForwardMode } from '../protocol/run.ts';
import type { MovingStatistics } from './movingStatistics.ts';

/** How a layer treats the domains of a batch. */
export interface DomainScheme {
  /** Names by id. */
  readonly domains: readonly string[];
  /**
   * Whose statistics normalize: those of all domains mixed, each domain's own, or each image's, which
   * serve training and test alike and are kept nowhere.
   */
  readonly statistics: 'mixed' | 'separate' | 'image';
  /**
   * Whether training takes mixed statistics of the concatenated batch, or as if it passed each
   * domain's images alone through the net: each is then normalized with its own, one after the
   * other moves the one set of moving statistics, and test uses the blend.
   */
  readonly forward: ForwardMode;
  /** How many neighbouring channels share an image's statistics; 1 for other statistics. */
  readonly groupSize: (channels: number, pixels: number) => number;
  readonly affine: AffineScheme;
  /** Changes what γ and β do. */
  readonly correction: CorrectionScheme | null;
}

/** Ordinary BatchNorm over the concatenated batch. */
export const MIXED_SCHEME: DomainScheme = {
  domains: [],
  statistics: 'mixed',
  forward: 'concatenated',
  groupSize: () => 1,
  affine: commonAffine,
  correction: null,
};

/** What a correction knows of a call. */
export interface CorrectedCall {
  readonly segments: readonly DomainSegment[];
  readonly channels: number;
  readonly epsilon: number;
  /** γ, flat [1 or segments, channels]. */
  readonly gamma: Float32Array;
  /** What normalizes the batch, flat [rows, channels]: one row for all segments, or one each. */
  readonly used: RunningStatistics;
  /** Whether these are the batch's own moments, in training. */
  readonly ownMoments: boolean;
  /** One for all domains, or one for each by its id, as they were before the call. */
  readonly moving: readonly MovingStatistics[];
}

/** A layer whose γ and β are to be corrected. */
export interface CorrectionHost {
  /** Adds a weight that is kept but not trained. */
  keep(name: string, shape: number[]): tf.LayerVariable;
}

/** Makes what corrects γ and β in a layer's calls. */
export type CorrectionScheme = (host: CorrectionHost) => (call: CorrectedCall) => Correction | null;
