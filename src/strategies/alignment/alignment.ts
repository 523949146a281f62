import type * as tf from '@tensorflow/tfjs';
import type { BatchContext, DomainSegment } from '../../nn/batchContext.ts';
import type { StrategyDomain } from '../normalization/normalization.ts';

/** A built and seeded model whose domains are to be aligned. */
export interface AlignedNetwork {
  /** Gives class scores, before any softmax. */
  readonly model: tf.LayersModel;
  readonly context: BatchContext;
  readonly domains: readonly StrategyDomain[];
  readonly classes: number;
}

/** What a training step has computed when its alignment losses are asked for. */
export interface AlignmentStep {
  readonly segments: readonly DomainSegment[];
  /** [images, classes], in the order of the segments. */
  readonly scores: tf.Tensor2D;
  /** Share of the training that is done, 0 to 1. */
  readonly progress: number;
}

/** A loss that is added to a training step's, and what belongs to it. */
export interface AlignmentTerm {
  /** Trained beside the model's, and kept in checkpoints. */
  readonly weights: readonly tf.LayerVariable[];
  /** Returns the weighted loss; called after the forward pass, where gradients are recorded. */
  loss(step: AlignmentStep): tf.Scalar;
}

/** A choice on the alignment axis: what draws the domains' activations together. */
export interface Alignment {
  attach(network: AlignedNetwork): AlignmentTerm;
}
