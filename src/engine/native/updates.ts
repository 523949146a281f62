import * as tf from '@tensorflow/tfjs';
import {
  ADAM_KERNEL,
  MOMENTUM_KERNEL,
  type AdamAttributes,
  type AdamInputs,
  type MomentumAttributes,
  type MomentumInputs,
} from '../../nn/optimizers/updateKernels.ts';
import { nativeKernel, shared, type OpRunner } from './opRunner.ts';

/** Describes the kernels of the optimizers' updates. */
export function updateKernels(backend: OpRunner): tf.KernelConfig[] {
  /** Runs an op that returns the weight and changes the slots, the last of its inputs, themselves. */
  const update = (
    op: string,
    inputs: readonly tf.TensorInfo[],
    slots: readonly tf.TensorInfo[],
    settings: readonly number[],
  ): tf.TensorInfo[] => {
    const numbers = tf.tensor1d(Float32Array.from(settings));
    const next = backend.executeSingleOutput(op, [], [...inputs, ...slots, numbers]);
    numbers.dispose();
    return [next, ...slots.map((slot) => shared(backend, slot))];
  };
  return [
    nativeKernel<AdamInputs, AdamAttributes>(ADAM_KERNEL, ({ inputs, attrs }) => {
      const { weight, gradient, firstMoment, secondMoment } = inputs;
      const { gradientScale, beta1, beta2, stepSize, correction, epsilon, decay } = attrs;
      const moments = [beta1, 1 - beta1, beta2, 1 - beta2];
      return update(
        'BnLensAdam',
        [weight, gradient],
        [firstMoment, secondMoment],
        [gradientScale, ...moments, stepSize, correction, epsilon, decay],
      );
    }),
    nativeKernel<MomentumInputs, MomentumAttributes>(MOMENTUM_KERNEL, ({ inputs, attrs }) => {
      const { weight, gradient, momentum } = inputs;
      const { gradientScale, weightDecay, stepSize, byGradient, byMomentum } = attrs;
      return update(
        'BnLensMomentum',
        [weight, gradient],
        [momentum],
        [gradientScale, weightDecay, attrs.momentum, stepSize, byGradient, byMomentum],
      );
    }),
  ];
}
