import * as tf from '@tensorflow/tfjs';
import { layersWithin } from './layerTree.ts';

/** What TensorFlow.js knows of a layer's calls, and keeps out of its types. */
interface Wired {
  readonly inboundNodes: readonly { readonly inboundLayers: readonly tf.layers.Layer[] }[];
}

/** Which layers read which, through the borders of nested models; custom layers keep theirs. */
export class LayerGraph {
  readonly #before = new Map<tf.layers.Layer, Set<tf.layers.Layer>>();
  readonly #after = new Map<tf.layers.Layer, Set<tf.layers.Layer>>();

  constructor(model: tf.LayersModel) {
    const layers = [...layersWithin(model)];
    // The models inside which an input layer stands for what these read.
    const owners = new Map<tf.layers.Layer, tf.layers.Layer[]>();
    for (const layer of layers) {
      if (!(layer instanceof tf.LayersModel)) continue;
      for (const { sourceLayer } of layer.inputs) {
        owners.set(sourceLayer, [...(owners.get(sourceLayer) ?? []), layer]);
      }
    }
    const sources = (layer: tf.layers.Layer): tf.layers.Layer[] => {
      if (layer instanceof tf.LayersModel) {
        return layer.outputs.flatMap(({ sourceLayer }) => sources(sourceLayer));
      }
      return owners.get(layer)?.flatMap(readBy).flatMap(sources) ?? [layer];
    };
    for (const layer of layers) {
      if (layer instanceof tf.LayersModel || owners.has(layer)) continue;
      const before = new Set(readBy(layer).flatMap(sources));
      this.#before.set(layer, before);
      for (const source of before) {
        const readers = this.#after.get(source) ?? new Set();
        this.#after.set(source, readers.add(layer));
      }
    }
  }

  /**
   * Returns the layers whose outputs a layer reads in any of its calls, the layers that these read,
   * and so on; behind those at which `passes` says no it does not look.
   */
  before(layer: object, passes: Passes): tf.layers.Layer[] {
    return walk(this.#before, layer, passes);
  }

  /** Returns the layers that read a layer's outputs, those that read these, and so on. */
  after(layer: object, passes: Passes): tf.layers.Layer[] {
    return walk(this.#after, layer, passes);
  }
}

type Passes = (layer: tf.layers.Layer) => boolean;

function walk(
  edges: ReadonlyMap<object, ReadonlySet<tf.layers.Layer>>,
  from: object,
  passes: Passes,
): tf.layers.Layer[] {
  const found = new Set(edges.get(from));
  // The loop comes to what it adds itself.
  for (const layer of found) {
    if (passes(layer)) for (const next of edges.get(layer) ?? []) found.add(next);
  }
  return [...found];
}

function readBy(layer: tf.layers.Layer): tf.layers.Layer[] {
  return (layer as unknown as Wired).inboundNodes.flatMap(({ inboundLayers }) => inboundLayers);
}

/** Whether a layer computes max(0, x) and nothing else. */
export function isReLU(layer: tf.layers.Layer): boolean {
  const { activation, maxValue } = layer.getConfig();
  switch (layer.getClassName()) {
    case 'ReLU':
      return maxValue == null;
    case 'Activation':
      return activation === 'relu';
    default:
      return false;
  }
}

/** Whether a layer keeps the largest of each square of 2 × 2 pixels, channels last, and no pixel is left over. */
export function isHalvingMaxPooling(layer: tf.layers.Layer): boolean {
  if (layer.getClassName() !== 'MaxPooling2D') return false;
  const { poolSize, strides, dataFormat } = layer.getConfig();
  const [, height, width] = (layer.input as tf.SymbolicTensor).shape;
  return (
    dataFormat === 'channelsLast' &&
    [poolSize, strides].flat().every((size) => size === 2) &&
    [height, width].every((size) => typeof size === 'number' && size % 2 === 0)
  );
}
