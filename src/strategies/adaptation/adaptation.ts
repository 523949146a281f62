import type { LayerEstimate } from '../../protocol/adaptation.ts';
import type { TargetImages, TrainedNetwork } from './layerMoments.ts';

/** A choice on the adaptation axis: what is changed after training, before the test. */
export interface Adaptation {
  /** The name on the axis. */
  readonly name: string;
  /** Training images of each real domain that it wants, at most; it sees no labels. */
  readonly images: number;
  /** Adapts a network, in place, to one domain. */
  adapt(network: TrainedNetwork, target: TargetImages): Promise<Adapted>;
}

/** What an adaptation did. */
export interface Adapted {
  /** The layers whose statistics were estimated, in the order of their calls. */
  readonly layers: readonly LayerEstimate[];
  /** Mean entropy of the predictions in each step that it trained, nats. */
  readonly entropies: readonly number[];
}
