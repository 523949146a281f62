import * as tf from '@tensorflow/tfjs';
import { BACKEND, nativeKernel, shared, type OpRunner } from './opRunner.ts';

/**
 * Describes the kernel that casts: to the type that a tensor has already, as the gradients of clones
 * do, without copying it.
 */
export function castKernel(backend: OpRunner): tf.KernelConfig {
  const published = tf.getKernel(tf.Cast, BACKEND).kernelFunc;
  return nativeKernel<{ x: tf.TensorInfo }, tf.CastAttrs>(tf.Cast, (call) => {
    const { x } = call.inputs;
    if (x.dtype === call.attrs.dtype) return shared(backend, x);
    return published({ ...call, backend } as unknown as Parameters<tf.KernelFunc>[0]);
  });
}
