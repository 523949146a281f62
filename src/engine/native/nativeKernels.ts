import type * as tf from '@tensorflow/tfjs';
import { RELU_GRADIENT_KERNEL, type ReluGradientInputs } from '../reluGradient.ts';
import { batchNormKernels } from './batchNorm.ts';
import { castKernel } from './cast.ts';
import { matMulKernel } from './matMul.ts';
import { nativeKernel, type OpRunner } from './opRunner.ts';
import { poolingKernels } from './pooling.ts';
import { updateKernels } from './updates.ts';

/**
 * Describes the kernels that tfjs-node lacks, composes of many ops or is slow at: most of them are
 * ops of our own in TensorFlow (src/engine/native/ops).
 */
export function nativeKernels(backend: OpRunner): readonly tf.KernelConfig[] {
  const { TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  return [
    ...batchNormKernels(backend),
    ...poolingKernels(backend),
    ...updateKernels(backend),
    castKernel(backend),
    matMulKernel(backend),
    nativeKernel<ReluGradientInputs, unknown>(RELU_GRADIENT_KERNEL, ({ inputs: { dy, x } }) =>
      backend.executeSingleOutput(
        'ReluGrad',
        [{ name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }],
        [dy, x],
      ),
    ),
  ];
}
