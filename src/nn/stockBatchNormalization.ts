import * as tf from '@tensorflow/tfjs';

export type BatchNormalizationArgs = Parameters<typeof tf.layers.batchNormalization>[0];

export type Initializer = Exclude<
  NonNullable<BatchNormalizationArgs>['betaInitializer'],
  string | undefined
>;
export type Regularizer = ReturnType<typeof tf.regularizers.l2>;
export type Constraint = ReturnType<typeof tf.constraints.nonNeg>;

/** What tfjs' own layer keeps in its fields; its declaration hides them. */
export interface StockFields {
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly scale: boolean;
  readonly center: boolean;
  readonly gammaRegularizer: Regularizer | undefined;
  readonly betaRegularizer: Regularizer | undefined;
  readonly gammaConstraint: Constraint | undefined;
  readonly betaConstraint: Constraint | undefined;
  /** Undefined before the layer is built, as are the other weights, and without `scale`. */
  readonly gamma?: tf.LayerVariable;
  /** Undefined without `center`. */
  readonly beta?: tf.LayerVariable;
  readonly movingMean?: tf.LayerVariable;
  readonly movingVariance?: tf.LayerVariable;
}

/**
 * tfjs' own BatchNorm layer, which reads its arguments, builds its weights and writes its
 * configuration: only what it computes is ours. The class itself is not exported, hence one
 * instance to ask; it is named so that no automatic layer name is used up.
 */
export const StockBatchNormalization = tf.layers.batchNormalization({ name: 'stock' })
  .constructor as unknown as (new (
  args?: BatchNormalizationArgs,
) => tf.layers.Layer & StockFields) &
  Pick<typeof tf.layers.Layer, 'fromConfig'>;
