import * as tf from '@tensorflow/tfjs';
import type { Part } from '../data/domains.ts';
import type { BatchContext } from '../nn/batchContext.ts';
import { inputShapeOf } from '../nn/inputShape.ts';

/** What maps images to class scores. */
export interface Predictor {
  readonly model: tf.LayersModel;
  readonly context: BatchContext;
}

/**
 * Computes the class scores of the first `images` images of a part, flat [images, classes], as those
 * of a domain. Each forward pass takes `batchSize` images.
 */
export async function predictPart(
  { model, context }: Predictor,
  domain: number,
  part: Part,
  batchSize: number,
  images = part.length,
): Promise<Float32Array> {
  const scores: Float32Array[] = [];
  for (let first = 0; first < images; first += batchSize) {
    const count = Math.min(batchSize, images - first);
    const pixels = await part.read(Int32Array.from({ length: count }, (_, i) => first + i));
    context.begin({ segments: [{ domain, images: count }], training: false });
    tf.tidy(() => {
      const inputs = tf.tensor(pixels, [count, ...inputShapeOf(model)]);
      const outputs = model.apply(inputs, { training: false }) as tf.Tensor2D;
      scores.push(outputs.dataSync<'float32'>());
    });
  }
  context.end();
  return Float32Array.from(scores.flatMap((batch) => [...batch]));
}
