import * as tf from '@tensorflow/tfjs';
import { segmentCrossEntropy, type CrossEntropyAttributes } from './crossEntropyKernel.ts';
import { layersWithin } from './layerTree.ts';

/** What the scores of one segment are worth. */
export interface SegmentScore {
  /** Mean cross-entropy of its labelled rows in nats; NaN without labels. */
  readonly loss: number;
  /** Labelled rows of finite loss whose largest score is at their label; NaN without labels. */
  readonly correct: number;
}

/**
 * Returns the weighted sum of the segments' mean cross-entropies, and each segment's own score;
 * `scores` are those of the classes before the softmax, [n, classes].
 */
export function crossEntropy(
  scores: tf.Tensor2D,
  attributes: CrossEntropyAttributes,
): { readonly loss: tf.Scalar; readonly segments: SegmentScore[] } {
  const segments: SegmentScore[] = [];
  const operation = tf.customGrad<tf.Scalar>((...args) => {
    const [scores, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const { loss, gradient, results } = segmentCrossEntropy(scores, attributes);
    const values = results.dataSync<'float32'>();
    for (let k = 0; k < values.length; k += 2) {
      segments.push({ loss: values[k]!, correct: values[k + 1]! });
    }
    save([gradient]);
    return { value: loss, gradFunc };
  });
  const gradFunc = (dy: tf.Scalar, saved: tf.Tensor[]) => tf.mul(dy, saved[0]!);
  return { loss: operation(scores), segments };
}

/**
 * Returns the penalty of each regularized weight of a model, as Keras counts them: once, however
 * often its layer is called, and in wrapped and nested models too (tfjs' own sum does neither).
 */
export function regularizationLosses(model: tf.LayersModel): tf.Scalar[] {
  const penalties = new Set([...layersWithin(model)].flatMap(({ losses }) => losses));
  return [...penalties].map((penalty) => penalty());
}
