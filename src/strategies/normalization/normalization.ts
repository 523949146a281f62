import type * as tf from '@tensorflow/tfjs';
import type { BatchContext, SiteLayer } from '../../nn/batchContext.ts';
import type { DomainKind, ForwardMode } from '../../protocol/run.ts';

/** A domain as far as a strategy must know it; its index is its id. */
export interface StrategyDomain {
  readonly name: string;
  readonly kind: DomainKind;
  readonly labelled: boolean;
}

/** A freshly built model. */
export interface NormalizedModel {
  readonly model: tf.LayersModel;
  /** Its BatchNorm layers that are to be normalized so. */
  readonly layers: readonly SiteLayer[];
  /** The context of all its layers. */
  readonly context: BatchContext;
  readonly domains: readonly StrategyDomain[];
}

/** A choice on the normalization axis: how BatchNorm treats several domains. */
export interface Normalization {
  /** How training passes the domains through the net, if not concatenated. */
  readonly forward?: ForwardMode;
  /** Configures the model's layers. */
  prepare(model: NormalizedModel): void;
}
