import type * as tf from '@tensorflow/tfjs';

/** What is the same for every weight, and what is not, in one step. */
export interface StepSettings {
  readonly learningRate: number;
  /** What the gradient is multiplied by before anything else. */
  readonly gradientScale: number;
  /** The weight's own steps, this one included. */
  readonly count: number;
  /** Whether weight decay applies to this weight. */
  readonly decays: boolean;
}

/** How an optimizer changes one weight. */
export interface UpdateRule {
  /** Names of the tensors that are kept between steps, of the weight's shape and zero at first. */
  readonly slots: readonly string[];
  /**
   * Returns what comes after a step: the weight, and the slots in the order of their names. The
   * old slots are not to be used any more.
   */
  update(
    weight: tf.Tensor,
    gradient: tf.Tensor,
    slots: readonly tf.Tensor[],
    settings: StepSettings,
  ): tf.Tensor[];
}
