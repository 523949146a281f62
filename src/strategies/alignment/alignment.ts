import type * as tf from '@tensorflow/tfjs';
import type { FeatureTaps } from '../../nn/alignment/featureTaps.ts';
import type { DomainSegment } from '../../nn/batchContext.ts';
import type { RunAlignment } from '../../protocol/run.ts';
import type { StrategyDomain } from '../normalization/normalization.ts';

/** A built and seeded model whose domains are to be aligned. */
export interface AlignedNetwork {
  /** Gives class scores, before any softmax. */
  readonly model: tf.LayersModel;
  readonly taps: FeatureTaps;
  readonly domains: readonly StrategyDomain[];
  readonly classes: number;
  /** Lets an action draw from a stream that is named by the run's seed and a part. */
  readonly random: { within<Result>(part: string, action: () => Result): Result };
}

/** What a training step has computed when its alignment losses are asked for. */
export interface AlignmentStep {
  /** Two or more, one of each domain. */
  readonly segments: readonly DomainSegment[];
  /** [images, classes], in the order of the segments. */
  readonly scores: tf.Tensor2D;
  /** Share of the training that is done, 0 to 1. */
  readonly progress: number;
}

/** What a term says of a step. */
export interface AlignmentVerdict {
  /** What is added to the step's loss. */
  readonly added: tf.Scalar;
  /** The term's own loss, before it is weighed. */
  readonly loss: number;
  /** What the loss, or its reversed gradient, is multiplied by. */
  readonly weight: number;
  /** How well a discriminator tells the domains apart, each counting equally; NaN without one. */
  readonly accuracy: number;
}

/** A loss of one layer's features that is added to a training step's, and what belongs to it. */
export interface AlignmentTerm {
  /** What run.json says of it. */
  readonly described: RunAlignment;
  /** Trained beside the model's, and kept in checkpoints. */
  readonly weights: readonly tf.LayerVariable[];
  /** Judges the step under way; called after the forward pass, where gradients are recorded. */
  judge(step: AlignmentStep): AlignmentVerdict;
}

/** A choice on the alignment axis: what draws the domains' activations together. */
export interface Alignment {
  /** Makes one term for each layer that is aligned. */
  attach(network: AlignedNetwork): readonly AlignmentTerm[];
}
