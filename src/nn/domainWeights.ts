import * as tf from '@tensorflow/tfjs';
import type { Affine, AffineWeights } from './affine.ts';
import type { CorrectedCall, DomainScheme } from './domainScheme.ts';
import type { Correction } from './affineCorrection.ts';
import { MovingStatistics } from './movingStatistics.ts';
import type {
  Constraint,
  Initializer,
  Regularizer,
  StockFields,
} from './stockBatchNormalization.ts';

/** What a scheme makes of a built layer's weights. */
export interface DomainWeights {
  readonly channels: number;
  readonly affine: Affine;
  /** One for all domains, or one for each by its id; none where each image has its own. */
  readonly moving: readonly MovingStatistics[];
  /** Changes what γ and β do. */
  readonly correct: ((call: CorrectedCall) => Correction | null) | null;
}

/** Changes which weights a layer has. */
export interface WeightList {
  /** Adds a float32 weight, whose name is put after the layer's. */
  add(
    name: string,
    shape: number[],
    initializer: Initializer,
    trainable: boolean,
    regularizer?: Regularizer,
    constraint?: Constraint,
  ): tf.LayerVariable;
  /** Disposes of weights. */
  drop(weights: readonly tf.LayerVariable[]): void;
}

/** Makes of a built layer's weights those that a scheme asks for, with the values of before. */
export function arrangeWeights(
  layer: Pick<tf.layers.Layer, 'name' | 'losses'> & StockFields,
  { domains, statistics, affine, correction }: DomainScheme,
  list: WeightList,
): DomainWeights {
  const { gamma, beta, movingMean, movingVariance } = layer;
  if (movingMean === undefined || movingVariance === undefined) {
    throw new Error(`layer "${layer.name}" was built without moving statistics`);
  }
  const channels = movingMean.shape[0] ?? 0;

  const copy = (
    source: tf.LayerVariable,
    name: string,
    trainable: boolean,
    regularizer?: Regularizer,
    constraint?: Constraint,
  ): tf.LayerVariable => {
    const zeros = tf.initializers.zeros();
    const weight = list.add(name, [channels], zeros, trainable, regularizer, constraint);
    weight.trainable = source.trainable;
    tf.tidy(() => {
      weight.write(source.read());
    });
    return weight;
  };
  const copyParameters = (): AffineWeights[] => {
    const { gammaRegularizer, betaRegularizer, gammaConstraint, betaConstraint } = layer;
    layer.losses.length = 0;
    const copies = domains.map((domain) => ({
      gamma: gamma && copy(gamma, `${domain}/gamma`, true, gammaRegularizer, gammaConstraint),
      beta: beta && copy(beta, `${domain}/beta`, true, betaRegularizer, betaConstraint),
    }));
    list.drop([gamma, beta].filter((weight) => weight !== undefined));
    return copies;
  };
  const copyMoving = (domain: string): MovingStatistics =>
    new MovingStatistics(
      copy(movingMean, `${domain}/moving_mean`, false),
      copy(movingVariance, `${domain}/moving_variance`, false),
    );
  const add = (name: string, shape: number[], initializer: Initializer): tf.LayerVariable => {
    const weight = list.add(name, shape, initializer, true);
    weight.trainable = (gamma ?? beta)?.trainable ?? true;
    return weight;
  };
  const keep = (name: string, shape: number[]): tf.LayerVariable =>
    list.add(name, shape, tf.initializers.zeros(), false);

  const moving =
    statistics === 'mixed'
      ? [new MovingStatistics(movingMean, movingVariance)]
      : (statistics === 'separate' ? domains : []).map(copyMoving);
  if (statistics !== 'mixed') list.drop([movingMean, movingVariance]);
  return {
    channels,
    moving,
    affine: affine({ channels, domains, gamma, beta, copyParameters, add }),
    correct: correction?.({ keep }) ?? null,
  };
}
