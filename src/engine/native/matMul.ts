import * as tf from '@tensorflow/tfjs';
import { BACKEND, flag, nativeKernel, type OpRunner } from './opRunner.ts';

interface MatMulInputs {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
}

/** Describes the kernel of matrix products; those of many matrices at once are TensorFlow's. */
export function matMulKernel(backend: OpRunner): tf.KernelConfig {
  const published = tf.getKernel(tf.BatchMatMul, BACKEND).kernelFunc;
  return nativeKernel<MatMulInputs, tf.BatchMatMulAttrs>(tf.BatchMatMul, (call) => {
    const { a, b } = call.inputs;
    const { transposeA, transposeB } = call.attrs;
    const isPlain = [a, b].every(({ shape, dtype }) => shape.length === 2 && dtype === 'float32');
    if (!isPlain) return published(call as unknown as Parameters<tf.KernelFunc>[0]);
    return backend.executeSingleOutput(
      'BnLensMatMul',
      [flag(backend, 'transpose_a', transposeA), flag(backend, 'transpose_b', transposeB)],
      [a, b],
    );
  });
}
