import * as tf from '@tensorflow/tfjs';

/** Kernel that takes a step of Adam; see {@link AdamAttributes}. */
export const ADAM_KERNEL = 'AdamUpdate';

/** Kernel that takes a step of gradient descent with momentum; see {@link MomentumAttributes}. */
export const MOMENTUM_KERNEL = 'MomentumUpdate';

/** Kernel of the Euclidean norm of all its inputs taken together, []. */
export const GLOBAL_NORM_KERNEL = 'GlobalNorm';

/**
 * Inputs of both updates, all of one shape. Their outputs are the weight, a new tensor because
 * XNNPACK packs weights once per tensor, and the slots in the order of the inputs; these may lie
 * in the memory of the old ones, which nobody may use any more.
 */
interface UpdateInputs {
  readonly weight: tf.TensorInfo;
  readonly gradient: tf.TensorInfo;
}

export interface AdamInputs extends UpdateInputs {
  readonly firstMoment: tf.TensorInfo;
  readonly secondMoment: tf.TensorInfo;
}

export interface MomentumInputs extends UpdateInputs {
  readonly momentum: tf.TensorInfo;
}

/**
 * With g = gradientScale·gradient: m ← beta1·m + (1 − beta1)·g, v ← beta2·v + (1 − beta2)·g²,
 * w ← w − (stepSize·m / (√v / correction + epsilon) + decay·w).
 */
export interface AdamAttributes {
  readonly gradientScale: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly stepSize: number;
  readonly correction: number;
  readonly epsilon: number;
  readonly decay: number;
}

/**
 * With g = gradientScale·gradient + weightDecay·w: b ← momentum·b + g,
 * w ← w − stepSize·(byGradient·g + byMomentum·b).
 */
export interface MomentumAttributes {
  readonly gradientScale: number;
  readonly weightDecay: number;
  readonly momentum: number;
  readonly stepSize: number;
  readonly byGradient: number;
  readonly byMomentum: number;
}

/** Runs the Adam kernel of the current backend; returns the weight and both moments. */
export function adamUpdate(inputs: AdamInputs, attributes: AdamAttributes): tf.Tensor[] {
  return run(ADAM_KERNEL, { ...inputs }, { ...attributes });
}

/** Runs the momentum kernel of the current backend; returns the weight and the momentum. */
export function momentumUpdate(
  inputs: MomentumInputs,
  attributes: MomentumAttributes,
): tf.Tensor[] {
  return run(MOMENTUM_KERNEL, { ...inputs }, { ...attributes });
}

/** Returns the Euclidean norm of tensors taken together. */
export function globalNorm(tensors: readonly tf.Tensor[]): number {
  return tf.tidy(() => {
    const inputs = Object.fromEntries(tensors.entries());
    return tf.engine().runKernel<tf.Tensor>(GLOBAL_NORM_KERNEL, inputs).dataSync()[0] ?? NaN;
  });
}

function run(
  kernel: string,
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  attributes: tf.NamedAttrMap,
): tf.Tensor[] {
  return tf
    .engine()
    .runKernel<tf.Tensor[]>(kernel, inputs as unknown as tf.NamedTensorMap, attributes);
}
