import * as tf from '@tensorflow/tfjs';
import { BatchContext, type DomainSegment } from '../batchContext.ts';
import { DomainBatchNormalization } from '../domainBatchNormalization.ts';
import { crossEntropy } from '../losses.ts';
import { fuseBatchNormalization } from '../fusedBatchNormalization.ts';

/** What a discriminator is built for, and how. */
export interface DiscriminatorShape {
  /** Begins the names of its weights. */
  readonly name: string;
  /** Features of an image, d. */
  readonly inputs: number;
  /** Of each hidden layer, the first first. */
  readonly units: readonly number[];
  /** Whether BatchNorm over the whole batch stands before each ReLU. */
  readonly batchNorm: boolean;
  readonly domains: number;
}

/** Pads a column of zeros before the others. */
const NOTHING_BEFORE: [[number, number], [number, number]] = [
  [0, 0],
  [1, 0],
];

/** How well a discriminator tells the domains of a batch apart. */
export interface DomainVerdict {
  /** The mean of the domains' mean cross-entropies in nats; ln(domains) is a guess. */
  readonly loss: tf.Scalar;
  /** The mean of the domains' shares of images that are taken for theirs. */
  readonly accuracy: number;
}

/**
 * A perceptron that tells from features which domain an image is of (Ganin et al. 2016): dense
 * layers with ReLU, then one logit for two domains, whose cross-entropy is the binary one, or a score
 * for each of more.
 */
export class Discriminator {
  readonly #model: tf.Sequential;

  constructor({ name, inputs, units, batchNorm, domains }: DiscriminatorShape) {
    // No pass is ever announced to this context, so that a whole batch is normalized as one.
    const context = new BatchContext();
    const hidden = units.flatMap((width, index): tf.layers.Layer[] => {
      const place = `${name}/hidden${index + 1}`;
      return [
        tf.layers.dense({
          name: place,
          units: width,
          kernelInitializer: 'glorotUniform',
          useBias: !batchNorm,
          ...(index === 0 && { inputShape: [inputs] }),
        }),
        ...(batchNorm ? [new DomainBatchNormalization({ name: `${place}/norm` }, context)] : []),
        tf.layers.reLU({ name: `${place}/relu` }),
      ];
    });
    const output = tf.layers.dense({
      name: `${name}/output`,
      units: domains === 2 ? 1 : domains,
      kernelInitializer: 'glorotUniform',
      ...(units.length === 0 && { inputShape: [inputs] }),
    });
    this.#model = tf.sequential({ name, layers: [...hidden, output] });
    fuseBatchNormalization(this.#model);
  }

  /** What is trained, from the input on. */
  get weights(): readonly tf.LayerVariable[] {
    return this.#model.trainableWeights;
  }

  /** Judges features, [n, d], of the images of a batch. */
  judge(features: tf.Tensor2D, segments: readonly DomainSegment[]): DomainVerdict {
    const logits = this.#model.apply(features, { training: true }) as tf.Tensor2D;
    // Of scores 0 and z the softmax is the sigmoid of z.
    const scores = logits.shape[1] === 1 ? tf.pad2d(logits, NOTHING_BEFORE) : logits;
    const labelled = segments.map(({ domain, images }) => ({
      images,
      labels: new Int32Array(images).fill(domain),
      weight: 1 / segments.length,
    }));
    const { loss, segments: results } = crossEntropy(scores, { segments: labelled, smoothing: 0 });
    const accuracy = segments.reduce(
      (sum, { images }, index) => sum + (results[index]?.correct ?? NaN) / images / segments.length,
      0,
    );
    return { loss, accuracy };
  }
}
