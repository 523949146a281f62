import type * as tf from '@tensorflow/tfjs';
import {
  FORWARD_KERNEL,
  GRADIENT_KERNEL,
  MOMENTS_KERNEL,
  type BatchNormAttributes,
  type ForwardInputs,
  type GradientInputs,
  type MomentsAttributes,
} from '../../nn/batchNormKernel.ts';
import { flag, integers, nativeKernel, type OpAttribute, type OpRunner } from './opRunner.ts';

/** As the engine hands them to a kernel: without what is null. */
type SomeGradientInputs = Omit<GradientInputs, 'peaks'> & { readonly peaks?: tf.TensorInfo };

/** Describes the kernels of BatchNorm over domains, which tfjs-node lacks. */
export function batchNormKernels(backend: OpRunner): tf.KernelConfig[] {
  const layout = ({ segments, rows, groupSize }: MomentsAttributes): OpAttribute[] => [
    integers(backend, 'segments', segments),
    integers(backend, 'rows', rows),
    integers(backend, 'group_size', groupSize),
  ];
  const normalization = (attributes: BatchNormAttributes): OpAttribute[] => [
    ...layout(attributes),
    { name: 'epsilon', type: backend.binding.TF_ATTR_FLOAT, value: attributes.epsilon },
    flag(backend, 'rectified', attributes.isRectified),
    ...(attributes.pooledColumns === null
      ? []
      : [integers(backend, 'pooled_columns', attributes.pooledColumns)]),
  ];
  return [
    nativeKernel<{ x: tf.TensorInfo }, MomentsAttributes>(
      MOMENTS_KERNEL,
      ({ inputs: { x }, attrs }) =>
        backend.executeMultipleOutputs('BnLensBatchNormMoments', layout(attrs), [x], 4),
    ),
    nativeKernel<ForwardInputs, BatchNormAttributes>(FORWARD_KERNEL, ({ inputs, attrs }) => {
      const { x, gamma, beta, mean, variance } = inputs;
      const isPooled = attrs.pooledColumns !== null;
      return backend.executeMultipleOutputs(
        isPooled ? 'BnLensPooledBatchNorm' : 'BnLensBatchNorm',
        normalization(attrs),
        [x, gamma, beta, mean, variance],
        isPooled ? 2 : 1,
      );
    }),
    nativeKernel<SomeGradientInputs, BatchNormAttributes>(GRADIENT_KERNEL, ({ inputs, attrs }) => {
      const { dy, peaks, x, gamma, beta, mean, variance } = inputs;
      return backend.executeMultipleOutputs(
        peaks === undefined ? 'BnLensBatchNormGrad' : 'BnLensPooledBatchNormGrad',
        [...normalization(attrs), flag(backend, 'own_moments', attrs.ownMoments)],
        [dy, x, gamma, beta, mean, variance, ...(peaks === undefined ? [] : [peaks])],
        3,
      );
    }),
  ];
}
