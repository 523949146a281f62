import * as tf from '@tensorflow/tfjs';

/** Numbers of an image that the product of features and chances may have; above, it is drawn from. */
const MOST_PRODUCTS = 4096;
const DRAWN_PRODUCTS = 1024;

/** Maps features, [n, d], and the scores of classes, [n, classes], to [n, size]. */
export interface ClassConditioning {
  readonly size: number;
  apply(features: tf.Tensor2D, scores: tf.Tensor2D): tf.Tensor2D;
}

/**
 * Makes the multilinear map of conditional adversarial training (CDAN, Long et al. 2018, section
 * 3.2): each feature times the chance of each class, whose softmax is a constant here. Where that is
 * more than 4096 numbers, it is 1024 products of random mixtures of the one and of the other,
 * (F·A) ⊙ (P·B) / √1024, with A and B drawn once from the standard normal distribution by
 * `Math.random`.
 */
export function conditionOnClasses(features: number, classes: number): ClassConditioning {
  const products = features * classes;
  if (products <= MOST_PRODUCTS) {
    return {
      size: products,
      apply: (x, scores) =>
        tf.reshape(tf.mul(tf.expandDims(chancesOf(scores), 2), tf.expandDims(x, 1)), [
          -1,
          products,
        ]),
    };
  }
  const mixture = (inputs: number): tf.Tensor2D => tf.randomNormal([inputs, DRAWN_PRODUCTS]);
  const [ofFeatures, ofChances] = [mixture(features), mixture(classes)];
  return {
    size: DRAWN_PRODUCTS,
    apply: (x, scores) => {
      const chances = tf.div(tf.matMul(chancesOf(scores), ofChances), Math.sqrt(DRAWN_PRODUCTS));
      return tf.mul(tf.matMul(x, ofFeatures), chances);
    },
  };
}

/** Copies the scores first: no gradient is to reach them. */
function chancesOf(scores: tf.Tensor2D): tf.Tensor2D {
  return tf.softmax(tf.tensor2d(scores.dataSync().slice(), scores.shape));
}
