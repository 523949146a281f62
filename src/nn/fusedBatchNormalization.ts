import * as tf from '@tensorflow/tfjs';
import { DomainBatchNormalization } from './domainBatchNormalization.ts';
import { isHalvingMaxPooling, isReLU } from './layerGraph.ts';
import { layersWithin } from './layerTree.ts';

/** What TensorFlow.js knows of a layer's calls, and keeps out of its types. */
interface Wired {
  readonly inboundNodes: readonly unknown[];
  readonly outboundNodes: readonly { readonly outboundLayer: tf.layers.Layer }[];
}

/**
 * Lets every BatchNorm layer whose only reader is a ReLU layer do that one's work, and that of a max
 * pooling over squares of 2 × 2 pixels that alone reads the result: results are the same, but a
 * training step reads and writes the activations five or ten times less. Layers that are `watched`,
 * whose own outputs somebody looks at, stay as they are.
 */
export function fuseBatchNormalization(
  model: tf.LayersModel,
  watched: ReadonlySet<tf.layers.Layer> = new Set(),
): void {
  const layers = [...layersWithin(model)];
  const shown = new Set<unknown>([
    ...watched,
    ...layers.flatMap((layer) =>
      layer instanceof tf.LayersModel ? layer.outputs.map(({ sourceLayer }) => sourceLayer) : [],
    ),
  ]);
  /** The layer that alone reads all that a layer puts out, if nobody looks at what is between them. */
  const onlyReader = (layer: object): tf.layers.Layer | null => {
    const { inboundNodes, outboundNodes } = layer as Wired;
    const [reader, ...others] = outboundNodes.map(({ outboundLayer }) => outboundLayer);
    if (shown.has(layer) || inboundNodes.length !== 1) return null;
    if (reader === undefined || others.length > 0 || watched.has(reader)) return null;
    return (reader as unknown as Wired).inboundNodes.length === 1 ? reader : null;
  };
  for (const layer of layers) {
    if (!(layer instanceof DomainBatchNormalization)) continue;
    const reader = onlyReader(layer);
    const rectifier = reader !== null && isReLU(reader) ? reader : null;
    if (rectifier !== null) {
      layer.isRectified = true;
      rectifier.call = (inputs) => inputs;
    }
    const pooling = onlyReader(rectifier ?? layer);
    if (pooling !== null && [-1, 3].includes(layer.axis) && isHalvingMaxPooling(pooling)) {
      layer.isPooled = true;
      pooling.call = (inputs) => inputs;
    }
  }
}
