import * as tf from '@tensorflow/tfjs';
import type { BatchContext, SiteLayer } from '../../nn/batchContext.ts';
import { inputShapeOf } from '../../nn/inputShape.ts';
import type { CovariedMoments, ImageSums } from '../../stats/moments.ts';
import { StreamingMoments, type ImageMoments } from '../../stats/streamingMoments.ts';

/** A trained model whose BatchNorm layers know the domains. */
export interface TrainedNetwork {
  readonly model: tf.LayersModel;
  readonly context: BatchContext;
}

/** Images of the domain that a network is adapted to; nothing here knows labels. */
export interface TargetImages {
  /** The domain's id. */
  readonly domain: number;
  readonly images: Int32Array;
  /** Images in a forward pass. */
  readonly batchSize: number;
  /** Reads images, `[indices.length, ...inputShape]`. */
  readonly read: (indices: Int32Array) => Promise<Float32Array>;
}

/**
 * Returns the moments of what each layer with moving statistics receives from the images, as the
 * model is now, in the order of the layers' first calls: none depends on a later one's statistics. Calls of one layer
 * are pooled.
 *
 * Batches are pooled as AdaBN does (Li et al. 2016), d = μB − μ, μ ← μ + d·k/(n + k),
 * σ² ← (n·σ² + k·σB²)/(n + k) + d²·n·k/(n + k)², image by image, for the standard errors.
 */
export async function layerMoments(
  network: TrainedNetwork,
  target: TargetImages,
): Promise<Map<SiteLayer, CovariedMoments>> {
  const { context } = network;
  const layers = context.layers.filter(
    ({ sites, hasMovingStatistics }) => sites.length > 0 && hasMovingStatistics,
  );
  const owners = new Map(layers.flatMap((layer) => layer.sites.map((site) => [site, layer])));
  const streams = new Map<SiteLayer, StreamingMoments>();
  for await (const pass of passesOf(network, target)) {
    const calls = new Map<SiteLayer, ImageMoments[][]>();
    pass((site, sums) => {
      const layer = owners.get(site);
      if (layer === undefined) return;
      calls.set(layer, [...(calls.get(layer) ?? []), imagesOf(sums)]);
    });
    for (const [layer, [first = [], ...others]] of calls) {
      const stream = streams.get(layer) ?? new StreamingMoments(layer.channels);
      streams.set(layer, stream);
      first.forEach((own, image) => {
        stream.add(pooled([own, ...others.map((call) => call[image]!)]));
      });
    }
  }
  return new Map([...streams].map(([layer, stream]) => [layer, stream.moments()]));
}

type HearSums = (site: number, sums: ImageSums) => void;

/** Reads the images batch by batch; each pass, once called, tells what the sites receive. */
async function* passesOf(
  { model, context }: TrainedNetwork,
  { domain, images, batchSize, read }: TargetImages,
): AsyncGenerator<(hear: HearSums) => void> {
  for (let first = 0; first < images.length; first += batchSize) {
    const indices = images.subarray(first, first + batchSize);
    const pixels = await read(indices);
    yield (hear) => {
      const observer = { forward: hear, gradient: () => undefined };
      const segments = [{ domain, images: indices.length }];
      context.begin({ segments, training: false, observer });
      tf.tidy(() => {
        const inputs = tf.tensor(pixels, [indices.length, ...inputShapeOf(model)]);
        model.apply(inputs, { training: false });
      });
      context.end();
    };
  }
}

/** Computes each image's moments over its own pixels. */
function imagesOf({ images, pixels, channels, shift, sums }: ImageSums): ImageMoments[] {
  return Array.from({ length: images }, (_, image) => {
    const at = (channel: number) => 2 * (image * channels + channel);
    const mean = new Float64Array(channels);
    const variance = new Float64Array(channels);
    for (let c = 0; c < channels; c++) {
      const offset = sums[at(c)]! / pixels;
      mean[c] = shift[c]! + offset;
      variance[c] = Math.max(0, sums[at(c) + 1]! / pixels - offset * offset);
    }
    return { mean, variance };
  });
}

/** Pools an image's moments in several calls, which weigh equally. */
function pooled(calls: readonly ImageMoments[]): ImageMoments {
  const [first] = calls;
  if (calls.length === 1) return first!;
  const average = (of: (call: ImageMoments) => number) =>
    calls.reduce((sum, call) => sum + of(call), 0) / calls.length;
  const mean = first!.mean.map((_, c) => average((call) => call.mean[c]!));
  const variance = mean.map((centre, c) =>
    average((call) => call.variance[c]! + (call.mean[c]! - centre) ** 2),
  );
  return { mean, variance };
}
